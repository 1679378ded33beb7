import { describe, expect, it } from 'vitest'
import { ANY_USE, isOptOut, screenUsage } from '../../../functions/screen/usage.ts'

describe('what keeps a text from training', () => {
  it.each<[string, boolean]>([
    ['robots:noai', true],
    ['robots@ccbot:noai', true],
    ['robots@gptbot:noindex', true],
    ['robots@google-extended:none', true],
    ['tdm-reservation', true],
    ['robots:noindex', false],
    ['robots:none', false],
    ['robots@googlebot:noindex', false],
    ['robots:noimageai', false],
    ['tdm-policy', false],
  ])('%s: %s', (sign, expected) => {
    expect(isOptOut(sign)).toBe(expected)
  })
})

describe('the policy', () => {
  const page = {
    licence: 'https://CreativeCommons.org/licenses/by/4.0/',
    optOut: ['robots:noindex', 'tdm-reservation'],
  }
  it('takes all where none is set', () => {
    expect(screenUsage(page, ANY_USE).kept).toBe(true)
  })
  it('names the sign it turns a page away for', () => {
    const outcome = screenUsage(page, { ...ANY_USE, respectOptOut: true })
    expect(outcome).toEqual({ kept: false, reason: { code: 'opt-out', sign: 'tdm-reservation' } })
    expect(screenUsage({ ...page, optOut: ['robots:noindex'] }, { ...ANY_USE, respectOptOut: true }).kept).toBe(true)
  })
  it('wants one of the licences', () => {
    const policy = { ...ANY_USE, licences: ['publicdomain/', 'creativecommons.org/licenses/by/'] }
    expect(screenUsage(page, policy).kept).toBe(true)
    expect(screenUsage({ ...page, licence: null }, policy)).toEqual({
      kept: false,
      reason: { code: 'licence', licence: null },
    })
    expect(screenUsage({ ...page, licence: 'https://creativecommons.org/licenses/by-nc/4.0/' }, policy).kept).toBe(
      false,
    )
  })
})
