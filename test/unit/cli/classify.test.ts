import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openModel, plainLines, textLines } from '../../../cli/classify.ts'
import { loadFastText, predict } from '../../../functions/classify/fasttext/fasttext.ts'

const MODEL = path.join(import.meta.dirname, '../../fixtures/fasttext/softmax.ftz')
const TEXTS = ['The train waits .', '先 把 洋 葱 炒 软', 'rain\nand snow', '']

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-classify-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const file = (name: string, content: string | Uint8Array): string => {
  const at = path.join(folder, name)
  writeFileSync(at, content)
  return at
}

const millrace = (args: string[], input = ''): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, ['cli/millrace.ts', 'classify', ...args], { encoding: 'utf8', input })

async function* chunks(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const model = loadFastText(new Uint8Array(readFileSync(MODEL)))

describe('classify', () => {
  it('adds predictions to the lines it is given', async () => {
    const lines = TEXTS.map((text, id) => JSON.stringify({ id, text, extra: [id] }))
    const found = await Array.fromAsync(textLines(chunks(`${lines.join('\n')}\n\n`), '-', model, { k: 2 }))
    expect(found.map((line) => JSON.parse(line) as unknown)).toEqual(
      TEXTS.map((text, id) => ({ id, text, extra: [id], predictions: predict(model, text, { k: 2 }) })),
    )
  })

  it('takes plain lines, blank ones too, whatever their bytes', async () => {
    const found = await Array.fromAsync(plainLines(chunks('a train\n\n  \nno end'), 'x.txt', model, {}))
    expect(found.map((line) => JSON.parse(line) as unknown)).toEqual(
      ['a train', '', '  ', 'no end'].map((text, i) => ({
        file: 'x.txt',
        line: i + 1,
        predictions: predict(model, text),
      })),
    )
    expect(await Array.fromAsync(plainLines(chunks(''), '-', model, {}))).toEqual([])
  })

  it('reads a model as its bytes are', async () => {
    const opened = await openModel(MODEL)
    for (const text of TEXTS) expect(predict(opened, text, { k: 4 })).toEqual(predict(model, text, { k: 4 }))
  })
})

describe('the command', () => {
  const one = '{"id": "a", "text": "The train waits ."}\n'

  it('reads files in their order, or stdin', () => {
    const args = ['--fasttext', MODEL, '-k', '2']
    const fromStdin = millrace(args, one)
    expect([fromStdin.status, fromStdin.stderr]).toEqual([0, ''])
    const predictions = predict(model, 'The train waits .', { k: 2 })
    expect(JSON.parse(fromStdin.stdout)).toEqual({ id: 'a', text: 'The train waits .', predictions })
    const files = [file('a.ndjson', one), file('b.ndjson', one.replace('"a"', '"b"'))]
    const ids = millrace([...args, ...files])
      .stdout.trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id)
    expect(ids).toEqual(['a', 'b'])
  })

  it('leaves out what is below the threshold', () => {
    const { stdout } = millrace(['--fasttext', MODEL, '--plain', '--threshold', '1'], 'The train waits .\n')
    expect(JSON.parse(stdout)).toEqual({ file: '-', line: 1, predictions: [] })
  })

  it.each<[string, () => string[], RegExp]>([
    ['no model', () => [], /No model was given: --fasttext MODEL/],
    ['a model that is not there', () => ['--fasttext', path.join(folder, 'none.bin')], /There is no file .*none\.bin/],
    ['a folder', () => ['--fasttext', folder], /is a directory/],
    [
      'a model cut short',
      () => ['--fasttext', file('cut.ftz', readFileSync(MODEL).subarray(0, 4000))],
      /cut\.ftz: fastText model: field .* at byte \d+: needs \d+ bytes, .* cut short/,
    ],
    [
      'another kind of model',
      () => ['--fasttext', 'models/topic/en.bin'],
      /en\.bin: .* field magic at byte 0: .* Millrace/,
    ],
    ['no whole number', () => ['--fasttext', MODEL, '-k', '0'], /-k is "0", expected a whole number from 1/],
    [
      'no probability',
      () => ['--fasttext', MODEL, '--threshold', '2'],
      /--threshold is "2", expected a number from 0 to 1/,
    ],
    ['no input', () => ['--fasttext', MODEL, path.join(folder, 'none.ndjson')], /There is no file .*none\.ndjson/],
    [
      'lines without text',
      () => ['--fasttext', MODEL, file('c.ndjson', '{"id": 1}\n')],
      /c\.ndjson: line 1: "text" is missing/,
    ],
    [
      'lines that are no JSON',
      () => ['--fasttext', MODEL, file('d.ndjson', 'plain\n')],
      /d\.ndjson: line 1 is not JSON/,
    ],
  ])('says what is wrong with %s', (_, args, message) => {
    const { status, stdout, stderr } = millrace(args())
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('gives what stands before a broken line', () => {
    const { status, stdout, stderr } = millrace(['--fasttext', MODEL], `${one}{"text": 5}\n`)
    expect([status, stdout.split('\n').length]).toEqual([2, 2])
    expect(stderr).toMatch(/line 2: "text" is of type number, expected a string/)
  })
})
