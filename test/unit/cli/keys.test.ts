import { createServer } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newKey, readScopes } from '../../../cli/keys.ts'
import { freePort } from '../../../cli/server.ts'
import { sqlText } from '../../../cli/wrangler.ts'

describe('newKey', () => {
  it('has the prefix and 32 base62 digits, all of them in use', () => {
    const keys = Array.from({ length: 200 }, newKey)
    for (const key of keys) expect(key).toMatch(/^mr_[0-9A-Za-z]{32}$/)
    expect(new Set(keys).size).toBe(200)
    expect(new Set(keys.join('').replaceAll('mr_', '')).size).toBe(62)
  })
})

describe('readScopes', () => {
  it.each([
    ['ingest,read', ['ingest', 'read']],
    ['plan train  plan', ['plan', 'train']],
  ])('%s -> %j', (text, scopes) => expect(readScopes(text)).toEqual(scopes))

  it.each([
    ['', /No scope was given/],
    ['ingest,reed', /There is no scope "reed"/],
  ])('refuses "%s"', (text, message) => expect(() => readScopes(text)).toThrow(message))
})

describe('sqlText', () => {
  it('stays one literal whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const literal = sqlText(text)
        expect(literal.slice(1, -1).replaceAll("''", '')).not.toContain("'")
        expect(literal.slice(1, -1).replaceAll("''", "'")).toBe(text.replaceAll('\0', ''))
      }),
    )
  })
})

describe('freePort', () => {
  it('finds a port that nobody has, and refuses one that somebody has', async () => {
    const port = await freePort()
    expect(await freePort(port)).toBe(port)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    await expect(freePort(port)).rejects.toThrow(`Port ${port} is taken`)
    await new Promise((resolve) => server.close(resolve))
  })
})
