/** The command as a user runs it, against a server that speaks the protocol. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UsageError } from '../../../cli/arguments.ts'
import { readLabelArguments } from '../../../cli/label-options.ts'
import { parseLabel } from '../../../models/labelling/label-lines.ts'
import type { LabelLine } from '../../../models/labelling/label-lines.ts'
import { sha256 } from '../../../models/training/texts.ts'
import { TOPICS } from '../../../schema/shard.ts'
import { chatServer, failure } from '../../support/chat-server.ts'
import type { Asked } from '../../support/chat-server.ts'

const CLI = path.join(import.meta.dirname, '../../../cli/millrace.ts')
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-label-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => path.join(folder, name)

interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `during` is called with the child as soon as it runs. */
async function run(
  args: readonly string[],
  env: Record<string, string> = {},
  during?: (kill: (signal: NodeJS.Signals) => void) => Promise<void>,
) {
  const child = spawn(process.execPath, [CLI, 'models', 'label', ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  await during?.((signal) => child.kill(signal))
  const ran: Ran = { status: await ended, ...said }
  return ran
}

const textOf = (n: number): string =>
  `Text ${n} about topic=${TOPICS[n % 11] ?? ''} second=${TOPICS[(n + 1) % 11] ?? ''}.`
const writeTexts = (name: string, count: number): string[] => {
  const texts = Array.from({ length: count }, (_, n) => textOf(n))
  writeFileSync(at(name), texts.map((text) => `${JSON.stringify({ text, lang: 'en' })}\n`).join(''))
  return texts
}
const linesOf = (name: string): string[] => readFileSync(at(name), 'utf8').trimEnd().split('\n')
const labelsOf = (name = 'labels.ndjson'): LabelLine[] => linesOf(name).map(parseLabel)
const to = (url: string, ...more: string[]): string[] => [
  'in.ndjson',
  '--endpoint',
  url,
  '--model',
  'reader',
  '-o',
  'labels.ndjson',
  ...more,
]
const aboutOf = ({ stdout }: Ran): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5))
}
const numLines = (name: string): number =>
  existsSync(at(name)) ? readFileSync(at(name), 'utf8').split('\n').length - 1 : 0
/** The number of the text that a request shows. */
const shownIn = ({ said }: Asked): string => /Text (\d+) about/.exec(said)?.[1] ?? ''

describe('millrace models label', () => {
  it('labels each text of plain and gzip files once, in the format of the shipped labels', async () => {
    await using server = await chatServer({ key: 'sk-1', delayMs: 20 })
    const texts = writeTexts('in.ndjson', 30)
    const chinese = `水车在溪流中转动,磨坊主人每天清晨打开水闸。topic=history-geography`
    const more = [{ text: texts[3] }, { text: chinese, title: '水车', url: 'http://a/b' }, { text: 'x', lang: 'zh-TW' }]
    writeFileSync(at('more.ndjson.gz'), gzipSync(more.map((line) => JSON.stringify(line)).join('\n')))
    const ran = await run(
      [...to(server.url, '--key-env', 'MY_KEY', '--price-in', '1', '--price-out', '10'), 'more.ndjson.gz'],
      { MY_KEY: 'sk-1' },
    )
    expect(ran.stderr).toContain('33 texts, 1 of them repeated, 0 with a label; 32 to do')
    expect(ran.stderr).toContain('32 labelled, 0 rejected, 0 left; 32,000 tokens sent, 640 answered, cost 0.0384')
    expect(ran.stderr + ran.stdout).not.toContain('sk-1')
    expect(ran.status).toBe(0)
    const byHash = new Map(labelsOf().map((label) => [label.sha256, label]))
    expect([byHash.size, labelsOf().length, server.asked.length]).toEqual([32, 32, 32])
    for (const [n, text] of texts.entries()) {
      const [topic, second] = [TOPICS[n % 11], TOPICS[(n + 1) % 11]]
      expect(byHash.get(sha256(text))).toEqual({ sha256: sha256(text), lang: 'en', topic, second, drawn: 'random' })
    }
    expect(byHash.get(sha256(chinese))).toMatchObject({ lang: 'zh', topic: 'history-geography', second: null })
    expect(byHash.get(sha256('x'))).toMatchObject({ lang: 'zh' })
    // The same letters between the fields, and in the same order.
    const form = (line: string): string => line.replaceAll(/"[0-9a-z-]+"(?!:)|null/g, '_')
    const shipped = readFileSync(path.join(import.meta.dirname, '../../../models/topic/labels.ndjson'), 'utf8').split(
      '\n',
      1,
    )
    expect(new Set(linesOf('labels.ndjson').map(form))).toEqual(new Set(shipped.map(form)))
    expect(aboutOf(ran)).toMatchObject({
      labelled: 32,
      rejected: 0,
      left: 0,
      tokens: { in: 32_000, out: 640 },
      cost: 0.0384,
    })
    // Four at a time by default, and the first alone.
    expect(server.most()).toBe(4)
    expect(existsSync(at('labels.rejects.ndjson'))).toBe(false)
    expect(server.asked[0]?.body.messages[0]?.content).toContain(
      'Destinations are geography; a day at a theme park is `other`.',
    )
    const shown = server.asked.find(({ said }) => said.includes('水车'))?.said
    expect(shown).toContain('Title: 水车\nAddress: http://a/b\nLength: ')
  })

  it('reads a share twice and says how far the readings agree', async () => {
    const fault = ({ body, said }: Asked) => {
      const n = Number(/Text (\d+)/.exec(said)?.[1])
      // The other reader differs on every fourth text, and is at a loss with every ninth.
      if (body.model !== 'other-reader') return null
      if (n % 9 === 8) return { kind: 'content', content: 'hm' } as const
      return n % 4 === 0 ? ({ kind: 'content', content: '{"topic": "other", "second": null}' } as const) : null
    }
    await using server = await chatServer({ models: ['reader', 'other-reader'], fault })
    const texts = writeTexts('in.ndjson', 120)
    const ran = await run(to(server.url, '--again-share', '.25', '--again-model', 'other-reader', '--drawn', 'thin'))
    const labels = labelsOf()
    expect(labels.length).toBe(120)
    const twice = labels.filter(({ again }) => again !== undefined)
    expect(twice.length).toBeGreaterThan(15)
    expect(twice.length).toBeLessThan(45)
    expect(labels.every(({ drawn }) => drawn === 'thin')).toBe(true)
    for (const { sha256: hash, topic, again } of twice) {
      const n = texts.findIndex((text) => sha256(text) === hash)
      expect(again).toBe(n % 4 === 0 ? 'other' : topic)
    }
    const same = twice.filter(({ topic, again }) => topic === again).length
    expect(ran.stderr).toContain(`two readings agree on ${same} of ${twice.length} texts`)
    expect(ran.stderr).toMatch(/Cohen's kappa \.?0?\.\d\d/)
    expect(aboutOf(ran)).toMatchObject({ rejected: 0, agreement: { texts: twice.length, same } })
    const rejects = linesOf('labels.rejects.ndjson').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(new Set(rejects.map(({ reading }) => reading))).toEqual(new Set([2]))
    // All is done: the same command sends nothing, and still says it.
    const asked = server.asked.length
    const again = await run(to(server.url))
    expect([again.status, server.asked.length]).toEqual([0, asked])
    expect(again.stderr).toContain(`two readings agree on ${same} of ${twice.length} texts`)
  })

  it('goes on where it was killed, and pays for no label twice', async () => {
    await using server = await chatServer({ delayMs: 10 })
    writeTexts('in.ndjson', 60)
    const first = await run(to(server.url), {}, async (kill) => {
      await until(() => numLines('labels.ndjson') >= 15)
      kill('SIGKILL')
    })
    expect(first.status).toBe(null)
    const before = labelsOf()
    expect(before.length).toBeLessThan(60)
    // What a kill in the middle of a write would leave.
    writeFileSync(at('labels.ndjson'), `${readFileSync(at('labels.ndjson'), 'utf8')}{"sha256": "12`)
    const asked = server.asked.length
    const second = await run(to(server.url))
    expect(second.status).toBe(0)
    expect(second.stderr).toContain('the last line of labels.ndjson was cut while it was written')
    expect(second.stderr).toContain(
      `60 texts, 0 of them repeated, ${before.length} with a label; ${60 - before.length} to do`,
    )
    expect(labelsOf().slice(0, before.length)).toEqual(before)
    expect(new Set(labelsOf().map(({ sha256: hash }) => hash)).size).toBe(60)
    expect(labelsOf().length).toBe(60)
    expect(server.asked.length - asked).toBe(60 - before.length)
  })

  it('finishes what is under way at Ctrl-C, and says how to go on', async () => {
    await using server = await chatServer({ delayMs: 300 })
    writeTexts('in.ndjson', 40)
    const ran = await run(to(server.url), {}, async (kill) => {
      await until(() => numLines('labels.ndjson') >= 1 && server.asked.length >= 5)
      kill('SIGINT')
    })
    expect(ran.status).toBe(130)
    // Every answer that was asked for is there.
    expect(labelsOf().length).toBe(server.asked.length)
    expect(labelsOf().length).toBeLessThan(40)
    expect(ran.stderr).toContain(`${40 - labelsOf().length} left`)
    expect(ran.stderr).toContain('Stopped. The same command goes on from here.')
    expect(aboutOf(ran)).toMatchObject({ labelled: labelsOf().length })
  })

  it('gives up what hangs at the second Ctrl-C', async () => {
    await using server = await chatServer({ fault: (_, count) => (count > 2 ? { kind: 'hang' } : null) })
    writeTexts('in.ndjson', 9)
    const ran = await run(to(server.url), {}, async (kill) => {
      await until(() => server.asked.length >= 6)
      kill('SIGINT')
      await new Promise((resolve) => setTimeout(resolve, 200))
      kill('SIGINT')
    })
    expect([ran.status, labelsOf().length]).toEqual([130, 2])
    expect(ran.stderr).toContain('7 left')
  })

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

  it('stops before it costs more than it may, and at the limit', async () => {
    await using server = await chatServer({ delayMs: 5 })
    writeTexts('in.ndjson', 40)
    // A text costs .0012.
    const capped = await run(to(server.url, '--price-in', '1', '--price-out', '10', '--max-cost', '.0101'))
    expect(capped.status).toBe(0)
    expect([labelsOf().length, server.asked.length]).toEqual([8, 8])
    expect(capped.stderr).toContain('--max-cost 0.0101 is reached. The same command goes on from here.')
    const limited = await run(to(server.url, '--limit', '5'))
    expect([labelsOf().length, server.asked.length]).toEqual([13, 13])
    expect(limited.stderr).toContain('5 labelled, 0 rejected, 27 left')
    expect(limited.stderr).toContain('--limit 5 is reached')
  })

  it('cannot hold a cap over an endpoint that does not count', async () => {
    await using server = await chatServer({ hasUsage: false })
    writeTexts('in.ndjson', 5)
    const ran = await run(to(server.url, '--price-in', '1', '--price-out', '10', '--max-cost', '1'))
    expect([ran.status, server.asked.length]).toEqual([1, 1])
    expect(ran.stderr).toContain('--max-cost cannot hold')
  })

  it('sends the key in the header that the endpoint wants it in, and in no other', async () => {
    await using server = await chatServer({ key: 'sk-hush', keyHeader: 'api-key' })
    writeTexts('in.ndjson', 2)
    const key = ['--key-env', 'MY_KEY']
    const bearer = await run(to(server.url, ...key), { MY_KEY: 'sk-hush' })
    expect([bearer.status, server.asked.length]).toEqual([2, 0])
    expect(bearer.stderr).toContain('wanted in another header (--key-header)')
    const ran = await run(to(`${server.url}/?api-version=1`, ...key, '--key-header', 'api-key'), { MY_KEY: 'sk-hush' })
    expect([ran.status, labelsOf().length]).toEqual([0, 2])
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
    expect(`${bearer.stderr}${ran.stderr}`).not.toContain('sk-hush')
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

describe('a mistake', () => {
  const endpoint = ['--endpoint', 'http://127.0.0.1:9/v1', '--model', 'm']
  it.each<[string, string[], RegExp]>([
    ['no output', ['in.ndjson', ...endpoint], /-o LABELS is missing/],
    ['no endpoint', ['in.ndjson', '-o', 'l'], /--endpoint URL is missing/],
    ['no model', ['in.ndjson', '-o', 'l', '--endpoint', 'http://a'], /--model NAME is missing/],
    [
      'no address',
      ['in.ndjson', '-o', 'l', '--endpoint', 'localhost:80', '--model', 'm'],
      /"localhost:80", expected an address/,
    ],
    [
      'a password in it',
      ['in.ndjson', '-o', 'l', '--endpoint', 'http://u:hush@a', '--model', 'm'],
      /name or password in it/,
    ],
    ['a key for a name', ['in.ndjson', '-o', 'l', ...endpoint, '--key-env', 'sk-hush'], /is not set, or is empty/],
    [
      'a cap without prices',
      ['in.ndjson', '-o', 'l', ...endpoint, '--max-cost', '1'],
      /needs --price-in and --price-out/,
    ],
    [
      'a header without a key',
      ['in.ndjson', '-o', 'l', ...endpoint, '--key-header', 'api-key'],
      /--key-env VAR is missing/,
    ],
    [
      'a header that is none',
      ['in.ndjson', '-o', 'l', ...endpoint, '--key-env', 'KEY', '--key-header', 'api key'],
      /--key-header is "api key"/,
    ],
    ['one price', ['in.ndjson', '-o', 'l', ...endpoint, '--price-in', '1'], /belong together/],
    ['a share above all', ['in.ndjson', '-o', 'l', ...endpoint, '--again-share', '2'], /expected a number from 0 to 1/],
    [
      'another drawing',
      ['in.ndjson', '-o', 'l', ...endpoint, '--drawn', 'lots'],
      /expected random, thin, unsure, rest/,
    ],
    [
      'extra that streams',
      ['in.ndjson', '-o', 'l', ...endpoint, '--extra', '{"stream": true}'],
      /--extra has "stream"/,
    ],
  ])('in the options is told first: %s', (_, args, message) => {
    const reading = (): unknown => readLabelArguments(args, { KEY: 'hush' })
    expect(reading).toThrow(UsageError)
    expect(reading).toThrow(message)
    expect(reading).not.toThrow(/hush/)
  })

  it.each<[string, string[], RegExp]>([
    [
      'the input as output',
      ['in.ndjson', '-o', './in.ndjson', ...endpoint],
      /in\.ndjson would be written and is in\.ndjson too/,
    ],
    [
      'no labels in the output',
      ['in.ndjson', '-o', 'other.ndjson', ...endpoint],
      /other\.ndjson: line 1: it is no label/,
    ],
    ['a file of another kind', ['in.ndjson', '-o', 'notes.txt', ...endpoint], /notes\.txt: line 1: it is not JSON/],
    ['a missing file', ['none.ndjson', '-o', 'l', ...endpoint], /There is no file none\.ndjson/],
    ['a bad line far down', ['bad.ndjson', '-o', 'l', ...endpoint], /bad\.ndjson: line 3: "text" is missing/],
    ['a title of another type', ['title.ndjson', '-o', 'l', ...endpoint], /title\.ndjson: line 1: "title" is an array/],
    ['a cut gzip file', ['cut.gz', '-o', 'l', ...endpoint], /cut\.gz: .*the gzip file is damaged or cut/],
    ['a device for output', ['in.ndjson', '-o', '/dev/full', ...endpoint], /\/dev\/full is no regular file/],
  ])('is told before anything is sent or written: %s', async (_, args, message) => {
    writeTexts('in.ndjson', 3)
    writeFileSync(at('bad.ndjson'), '{"text": "a"}\n\n{"txt": "b"}\n')
    writeFileSync(at('title.ndjson'), '{"text": "a", "title": ["b"]}\n')
    writeFileSync(at('other.ndjson'), '{"text": "a"}\n')
    writeFileSync(at('notes.txt'), 'Buy milk')
    writeFileSync(at('cut.gz'), gzipSync('{"text": "a"}\n'.repeat(99)).subarray(0, 30))
    const { status, stderr } = await run(args)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('hush')
    expect(status).toBe(2)
    expect(existsSync(at('l'))).toBe(false)
    expect(readFileSync(at('notes.txt'), 'utf8')).toBe('Buy milk')
  })

  it('is less likely with --help', async () => {
    const { status, stdout } = await run(['--help'])
    expect(status).toBe(0)
    const options =
      /options: \{([^]*?)\n {4}\},/.exec(readFileSync(path.join(path.dirname(CLI), 'label-options.ts'), 'utf8'))?.[1] ??
      ''
    const names = [...options.matchAll(/^ {6}'?([a-z-]+)'?: \{/gm)].map(([, name]) => name)
    expect(names.length).toBe(19)
    for (const name of names) expect(stdout).toContain(`--${name} `)
  })
})
