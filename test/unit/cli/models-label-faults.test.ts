/** `millrace models label` and an endpoint with faults, or that is none. */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../../../models/training/texts.ts'
import { TOPICS } from '../../../schema/shard.ts'
import { chatServer, failure } from '../../support/chat-server.ts'
import type { Asked } from '../../support/chat-server.ts'
import { at, inOwnFolder, labelsOf, linesOf, run, textOf, to, writeTexts } from '../../support/label-runs.ts'

inOwnFolder()

/** The number of the text that a request shows. */
const shownIn = ({ said }: Asked): string => /Text (\d+) about/.exec(said)?.[1] ?? ''

describe('an endpoint with faults', () => {
  it('goes through faults of every kind without losing a text', async () => {
    const kinds = [
      { kind: 'status', status: 429, body: failure('slow'), headers: { 'retry-after': '0.2' } },
      { kind: 'status', status: 500, body: '<html>oops</html>' },
      { kind: 'page' },
      { kind: 'cut' },
      { kind: 'drop' },
      { kind: 'json', text: '{"choices": [{' },
      { kind: 'content', content: 'Surely law.' },
      { kind: 'content', content: '{"topic": "sports", "second": null}' },
    ] as const
    const seen = new Set<string>()
    const fault = (asked: Asked, count: number) => {
      const text = shownIn(asked)
      if (text === '30') return { kind: 'content', content: 'I do not know.' } as const
      // The first request for each text fails, but for the very first of all.
      const isFirst = count > 1 && !seen.has(text)
      seen.add(text)
      return isFirst ? (kinds[Number(text) % kinds.length] ?? null) : null
    }
    await using server = await chatServer({ fault })
    const texts = writeTexts('in.ndjson', 40)
    writeFileSync(at('in.ndjson'), `${readFileSync(at('in.ndjson'), 'utf8')}{"text": " \\n"}\n`)
    const ran = await run(to(server.url, '--concurrency', '8'))
    expect(ran.status).toBe(0)
    expect(ran.stderr).toContain('39 labelled, 2 rejected, 0 left')
    expect(new Set(labelsOf().map((label) => label.sha256)).size).toBe(39)
    for (const { sha256: hash, topic } of labelsOf()) {
      expect(topic).toBe(TOPICS[texts.findIndex((text) => sha256(text) === hash) % 11])
    }
    const rejects = linesOf('labels.rejects.ndjson').map(
      (line) => JSON.parse(line) as { reason: string; place: string },
    )
    expect(rejects.sort((a, b) => (a.reason < b.reason ? -1 : 1))).toEqual([
      {
        sha256: sha256(' \n'),
        place: 'in.ndjson:41',
        reading: 1,
        reason: 'empty-text',
        detail: expect.any(String),
        answer: null,
      },
      {
        sha256: sha256(textOf(30)),
        place: 'in.ndjson:31',
        reading: 1,
        reason: 'not-json',
        detail: expect.any(String),
        answer: 'I do not know.',
      },
    ])
  })

  it('stops when text after text comes to nothing', async () => {
    await using server = await chatServer({
      fault: () => ({ kind: 'status', status: 400, body: failure('no such thing') }),
    })
    writeTexts('in.ndjson', 40)
    const ran = await run(to(server.url))
    expect(ran.status).toBe(2)
    expect(ran.stderr).toMatch(/answered 400: no such thing\n5 texts in a row came to nothing/)
    expect(linesOf('labels.rejects.ndjson').length).toBe(5)
    expect(ran.stderr).toContain('35 left')
  })
})

describe('an endpoint that is not what it should be', () => {
  it.each<[string, Parameters<typeof chatServer>[0], string[], RegExp]>([
    [
      'a key that is wrong',
      { key: 'right' },
      ['--key-env', 'MY_KEY'],
      /answered 401: Incorrect API key provided: \*\*\*[^]*is not taken/,
    ],
    ['no key', { key: 'right' }, [], /answered 401[^]*No key was sent: --key-env/],
    [
      'a model that it lacks',
      { models: ['mill-small', 'mill-large'] },
      [],
      /answered 404[^]*has no model "reader"\. It has: mill-small, mill-large\./,
    ],
    [
      'a web page',
      { fault: () => ({ kind: 'page' }) },
      [],
      /web page, expected JSON: Sign in Welcome\n--endpoint is http.*\/v1, expected/,
    ],
    [
      'a redirect',
      { fault: () => ({ kind: 'status', status: 301, body: '', headers: { location: '/x' } }) },
      [],
      /301[^]*leads to/,
    ],
  ])('%s', async (_, options, more, message) => {
    await using server = await chatServer(options)
    writeTexts('in.ndjson', 9)
    const ran = await run(to(server.url, ...more), { MY_KEY: 'sk-wrong' })
    expect(ran.stderr).toMatch(message)
    expect(ran.stderr).toContain('9 left')
    expect(ran.stderr).not.toMatch(/sk-wrong|\n {4}at /)
    expect(ran.status).toBe(2)
    expect(server.asked.length).toBeLessThanOrEqual(1)
  })

  it('nobody there, or another path', async () => {
    const server = await chatServer()
    writeTexts('in.ndjson', 2)
    const other = await run(to(server.url.replace('/v1', '/api')))
    expect(other.stderr).toMatch(/answered 404: Nothing here\n--endpoint is .*\/api, expected the base address/)
    await server[Symbol.asyncDispose]()
    const none = await run(to(server.url))
    expect(none.stderr).toMatch(/cannot be reached: .*ECONNREFUSED[^]*The address may be mistyped/)
    expect([other.status, none.status]).toEqual([2, 2])
  })
})
