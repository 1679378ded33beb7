/** Labels that `millrace models label` wrote, in place of those that ship, read by what the shipped models are trained with. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { chatServer } from '../support/chat-server.ts'

const ROOT = path.join(import.meta.dirname, '..', '..')
const node = (args: readonly string[], cwd: string) => promisify(execFile)(process.execPath, args, { cwd })

const SCRIPT = `
import { webDocuments } from './models/training/topic-data.ts'
const documents = webDocuments('en').map(({ text, label, topic, second }) => [text, label?.topic ?? topic ?? null, label?.second ?? second ?? null])
console.log(JSON.stringify(documents))`

it('the trainer finds the label of each text', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-labels-'))
  try {
    // A repository beside its data, as the trainer expects it, with nothing in it but what it reads.
    const copy = path.join(folder, 'copy')
    for (const name of ['functions', 'schema', 'models/training', 'package.json']) {
      cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true })
    }
    cpSync(path.join(ROOT, 'node_modules/zod'), path.join(copy, 'node_modules/zod'), { recursive: true })
    mkdirSync(path.join(copy, 'models/topic'))
    const data = path.join(folder, 'shared/data')
    for (const name of ['topics', 'pages']) mkdirSync(path.join(data, name), { recursive: true })
    const given = [
      ['A ruling. topic=law-policy second=economics-business', 'law-policy', 'economics-business'],
      ['A lone half \uD83D of a character, a line\u2028separator. topic=biology-chemistry', 'biology-chemistry', null],
      ['Ein Mühlrad, 水车, 😀. topic=history-geography', 'history-geography', null],
      ['Not read.', null, null],
    ] as const
    const lines = given.map(([text], n) => JSON.stringify({ id: `${n}`, source: 'x', text, lang: 'en' }))
    writeFileSync(path.join(data, 'topics/en.web.jsonl.gz'), gzipSync(lines.join('\n')))
    for (const name of ['wcxb.gold', 'gold']) writeFileSync(path.join(data, `pages/${name}.jsonl.gz`), gzipSync(''))

    await using server = await chatServer()
    const output = path.join(copy, 'models/topic/labels.ndjson')
    const args = ['--endpoint', server.url, '--model', 'reader', '-o', output, '--limit', '3', '--concurrency', '1']
    await node(
      [path.join(ROOT, 'cli/millrace.ts'), 'models', 'label', path.join(data, 'topics/en.web.jsonl.gz'), ...args],
      folder,
    )
    writeFileSync(path.join(copy, 'read.mjs'), SCRIPT)
    const { stdout } = await node(['read.mjs'], copy)
    const read = JSON.parse(stdout) as [string, ...(string | null)[]][]
    expect(new Map(read.map(([text, ...rest]) => [text, rest]))).toEqual(
      new Map(given.map(([text, ...rest]) => [text, rest])),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
