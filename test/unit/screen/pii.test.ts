import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EMAIL_MASK, IP_MASK, maskPersonalData } from '../../../functions/screen/pii.ts'
import { hardText } from './hard-text.ts'

describe('e-mail addresses', () => {
  it.each([
    ['mail ann@site.org now', `mail ${EMAIL_MASK} now`],
    ['<a.b-c+tag@mail.co.uk>.', `<${EMAIL_MASK}>.`],
    ["'ann@site.org'", `'${EMAIL_MASK}'`],
    ['联系邮箱：zhang_san@qq.com。', `联系邮箱：${EMAIL_MASK}。`],
    ['mailto:x@y.com?subject=z', `mailto:${EMAIL_MASK}?subject=z`],
    ['a@b.com,c@d.com', `${EMAIL_MASK},${EMAIL_MASK}`],
    ['a@b.com@c.org', `${EMAIL_MASK}@c.org`],
    ['ann@site.org.bob@site.org', `${EMAIL_MASK}.${EMAIL_MASK}`],
    ['ann@site.org.', `${EMAIL_MASK}.`],
    ['ann@site.123', 'ann@site.123'],
    ['npm install left-pad@1.3.0', 'npm install left-pad@1.3.0'],
    ['@user and user@', '@user and user@'],
    ['user@localhost', 'user@localhost'],
    ['a..b@site.org', `a..${EMAIL_MASK}`],
    ['a.@site.org', 'a.@site.org'],
    ['a@-x.com', 'a@-x.com'],
    ['a@x-.com', 'a@x-.com'],
    ['f@x.c', 'f@x.c'],
  ])('%s', (text, masked) => {
    expect(maskPersonalData(text).text).toBe(masked)
  })

  it('are counted, the mask itself not', () => {
    expect(maskPersonalData(`a@b.com ${EMAIL_MASK} c@d.net`)).toMatchObject({ emails: 2, ips: 0 })
  })
})

describe('public IPv4 addresses', () => {
  it.each([
    ['from 8.8.8.8 and 1.1.1.1:53', `from ${IP_MASK} and ${IP_MASK}:53`],
    ['http://93.184.216.34/x', `http://${IP_MASK}/x`],
    ['end 8.8.4.4.', `end ${IP_MASK}.`],
    ['10.0.0.1 192.168.1.1 127.0.0.1 172.16.0.9 169.254.1.1', null],
    ['100.64.0.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 255.255.255.255 0.0.0.0', null],
    ['100.128.0.1 172.32.0.1', `${IP_MASK} ${IP_MASK}`],
    ['1.2.3 and 1.2.3.4.5 and 256.1.1.1 and 1.1.1.1234', null],
    ['v1.2.3.4 Version 5.6.7.8, release: 9.8.7.6', null],
    ['Chrome/120.1.2.3 版本 5.6.7.8', null],
    ['x8.8.8.8 8.8.8.8x -8.8.8.8', null],
  ])('%s', (text, masked) => {
    expect(maskPersonalData(text).text).toBe(masked ?? text)
  })

  it('are counted', () => {
    expect(maskPersonalData('8.8.8.8 10.0.0.1 9.9.9.9')).toMatchObject({ emails: 0, ips: 2 })
  })
})

describe('properties', () => {
  it('masking twice is masking once', () => {
    fc.assert(
      fc.property(hardText, (text) => {
        const once = maskPersonalData(text)
        expect(maskPersonalData(once.text)).toEqual({ text: once.text, emails: 0, ips: 0, mobiles: 0, identities: 0 })
      }),
    )
  })

  it('reads a long run of marks once', () => {
    // A quadratic scan of these would not end within the test's limit.
    for (const unit of [
      '138',
      '1',
      '13 ',
      '11010119900307',
      '86 ',
      'a.',
      '@',
      'a@',
      '@a.',
      '1.',
      '-',
      'a@b.',
      '1.1.1.1.',
    ]) {
      const text = unit.repeat(200_000)
      expect(maskPersonalData(text).text.length).toBeGreaterThan(0)
    }
  })
})
