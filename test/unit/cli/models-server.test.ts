/** The command line's side of models in R2, and models of one's own on the command line. */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ngramFile, topicFile, topicsFastText } from '../../support/small-models.ts'
import { fakeServer } from './fake-server.ts'

const CLI = path.join(import.meta.dirname, '../../../cli/millrace.ts')
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-models-'))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(path.join(folder, name), bytes)
  return name
}
write('topic.bin', topicFile())
write('ngram.bin', ngramFile())
write('My Labels.ftz', topicsFastText({ isQuantised: true }))
write('ready.bin', ngramFile({ isReady: true }))
write('page.bin', '<!doctype html><title>502</title>')
write('model.arpa', '\\data\\\nngram 1=3\n')
write('cut.bin', topicFile().subarray(0, 90))
write('empty.bin', '')

interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}
const run = (args: readonly string[], input = ''): Ran =>
  spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: 'utf8', input })
/** Beside a server of this process, which must go on. */
const runBeside = (args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
const sha256Of = (name: string): string =>
  createHash('sha256')
    .update(readFileSync(path.join(folder, name)))
    .digest('hex')

describe('millrace models push', () => {
  it('sends each file under its hash, and a name where the file has none', async () => {
    await using server = await fakeServer(({ path: at }) => ({
      status: 201,
      body: { sha256: at.split('/').at(-1), id: 'x@1', kind: 'topic', lang: 'en', bytes: 3, heldBytes: 4 },
    }))
    const { status, stdout } = await runBeside([
      'models',
      'push',
      'topic.bin',
      'My Labels.ftz',
      '--to',
      server.url,
      '--key',
      'mr_k',
    ])
    expect(status).toBe(0)
    expect(server.asked.map(({ method, path: at, query }) => [method, at, query])).toEqual([
      ['PUT', `/v1/models/${sha256Of('topic.bin')}`, {}],
      ['PUT', `/v1/models/${sha256Of('My Labels.ftz')}`, { name: 'my-labels' }],
    ])
    for (const [i, name] of ['topic.bin', 'My Labels.ftz'].entries()) {
      expect(server.asked[i]?.body.equals(readFileSync(path.join(folder, name)))).toBe(true)
      expect(server.asked[i]?.headers['content-length']).toBe(String(server.asked[i]?.body.length))
    }
    expect(stdout.trim().split('\n')).toHaveLength(2)
  })

  it.each([
    ['page.bin', [], 'page.bin: model file: field magic at byte 0: found "<!do", expected MRTM (topic), MRNG'],
    ['model.arpa', [], 'it is an ARPA file: make a model of it with millrace models import-arpa'],
    ['cut.bin', [], 'cut.bin: topic model: field checksum at byte 86'],
    [
      'empty.bin',
      [],
      'field magic at byte 0: found "", expected MRTM (topic), MRNG (n-gram) or fastText\'s: the file is',
    ],
    ['none.bin', [], 'There is no file none.bin'],
    ['topic.bin', ['--name', 'mine'], 'topic.bin calls itself small-topic@'],
    ['My Labels.ftz', ['--name', 'Mine'], '--name is "Mine", expected 1 to 24 lower-case'],
  ])('sends nothing where one file is wrong: %s %s', async (name, more, message) => {
    await using server = await fakeServer(() => ({ status: 500 }))
    const ran = await runBeside(
      ['models', 'push', 'ngram.bin', name, ...more, '--to', server.url, '--key', 'k'].filter(
        (one) => more.length === 0 || one !== 'ngram.bin',
      ),
    )
    expect(ran.stderr).toContain(message)
    expect(ran.status).toBe(2)
    expect(server.asked).toEqual([])
  })

  it('refuses a model that no Worker has the memory for, with both figures', async () => {
    write('large.bin', ngramFile({ slots: 57 * 2 ** 18 }))
    const ran = run(['models', 'push', 'large.bin', '--to', 'http://127.0.0.1:1', '--key', 'k'])
    expect(ran.stderr).toMatch(/large\.bin: small-ngram@\w+ needs 57\.\d MiB in memory, a Worker has 56\.0 MiB for all/)
    expect(ran.status).toBe(2)
    rmSync(path.join(folder, 'large.bin'))
  })
})

describe('millrace models activate and list --server', () => {
  it('sends the order as it was given', async () => {
    await using server = await fakeServer(() => ({ body: { activation: 1 } }))
    const args = ['models', 'activate', 'topic/en=a@1', 'ngram/zh=shipped', '--to', server.url, '--key', 'k']
    expect(await runBeside(args)).toMatchObject({ status: 0, stdout: '{"activation":1}\n' })
    expect(JSON.parse(server.asked[0]?.body.toString() ?? '')).toEqual({
      models: { 'topic/en': 'a@1', 'ngram/zh': 'shipped' },
    })
  })

  it('lists every page of a server', async () => {
    const memory = { heldBytes: 10 * 2 ** 20, budgetBytes: 56 * 2 ** 20 }
    await using server = await fakeServer((_, count) => ({
      body: { models: [{ id: `m${count}` }], cursor: count === 1 ? '5~a' : null, activation: 3, memory },
    }))
    const ran = await runBeside(['models', 'list', '--server', '--to', server.url, '--key', 'k'])
    expect(ran.stdout).toBe('{"id":"m1"}\n{"id":"m2"}\n')
    expect(ran.stderr).toContain('Activation 3: the models in force take 10.0 of 56.0 MiB in a Worker.')
    expect(server.asked[1]?.query['cursor']).toBe('5~a')
  })

  it.each([
    ['no slot', ['topic.bin'], 'The model is "topic.bin", expected SLOT=… where SLOT is one of topic/en, topic/zh'],
    ['another slot', ['topic/fr=x'], 'The model is "topic/fr=x", expected SLOT='],
    ['no model', ['topic/en='], 'The model is "topic/en="'],
    ['one slot twice', ['topic/en=a', 'topic/en=b'], 'topic/en was given twice'],
    ['nothing', [], 'No SLOT=MODEL was given'],
  ])('refuses %s', (_, args, message) => {
    const { status, stderr } = run(['models', 'activate', ...args, '--to', 'http://127.0.0.1:1', '--key', 'k'])
    expect(stderr).toContain(message)
    expect(status).toBe(2)
  })
})

describe('--model', () => {
  const line = JSON.stringify({ id: 1, lang: 'en', text: 'The wheel turns in the stream. '.repeat(40) })
  const score = (...models: string[]): Ran =>
    run(['score', ...models.flatMap((model) => ['--model', model])], `${line}\n`)

  it('puts models of one’s own in place of those that ship', () => {
    const shipped = JSON.parse(score().stdout) as Record<string, unknown>
    const own = JSON.parse(score('topic/en=topic.bin', 'ngram/en=ngram.bin').stdout) as Record<string, unknown>
    expect(own['topic']).toBe('law-policy')
    expect(own['topicScore']).not.toBe(shipped['topicScore'])
    expect(own['log10p']).not.toBe(shipped['log10p'])
    expect(own['pplTokens']).toBe(shipped['pplTokens'])
    const labels = JSON.parse(score('topic/en=My Labels.ftz').stdout) as Record<string, unknown>
    expect(labels['log10p']).toBe(shipped['log10p'])
    expect(labels['topicScore']).not.toBe(shipped['topicScore'])
  })

  it('is taken by process: rows and shards say which model scored', () => {
    write('page.ndjson', `${JSON.stringify({ url: 'https://example.org/', text: TEXT })}\n`)
    const args = [
      'process',
      'page.ndjson',
      '-o',
      'out',
      '--model',
      'ngram/en=ngram.bin',
      '--model',
      'topic/en=topic.bin',
    ]
    const { status, stderr } = run([...args, '--holdout-share', '0'])
    expect([status, stderr]).toEqual([0, ''])
    const [index = ''] = readFileSync(path.join(folder, 'out', 'index.ndjson'), 'utf8').split('\n')
    expect(JSON.parse(index)).toMatchObject({
      cell: 'web/en/law-policy',
      pplModel: `small-ngram@${sha256Of('ngram.bin').slice(0, 12)}`,
    })
  })

  it.each([
    ['no slot', 'topic.bin', '--model is "topic.bin", expected SLOT=…'],
    ['another kind', 'ngram/en=topic.bin', 'topic.bin: small-topic@'],
    ['another language', 'ngram/zh=ngram.bin', 'is for the language "en", ngram/zh takes one for "zh"'],
    ['ready words', 'ngram/en=ready.bin', 'scores ready words and no text'],
    ['a page', 'topic/en=page.bin', 'page.bin: model file: field magic at byte 0'],
    ['a directory', 'topic/en=.', '. is a directory'],
  ])('refuses %s', (_, model, message) => {
    const { status, stdout, stderr } = score(model)
    expect(stderr).toContain(message)
    expect([status, stdout]).toEqual([2, ''])
  })
})

const TEXT = `The mill stands where the valley narrows, and the water that feeds it comes down from the hills in spring.
Every morning the miller opens the gate, and the wheel begins to turn, slowly at first and then with the whole weight of the
stream behind it. The stones are dressed twice a year, because a dull stone heats the flour and spoils it for bread. People
from the villages bring their grain in sacks and wait for it, talking about the harvest and the price of seed. When the river
is low in August the mill stands still for weeks, and the miller mends what has worn: the teeth of the great wheel, the belts,
the boards of the race. His father did the same, and there are notes in the ledger about floods that nobody remembers now.`
