import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { bytesOf, gzipped, http, joined, record, response } from '../read/warc-fixture.ts'

const root = path.join(import.meta.dirname, '../../..')
const work = mkdtempSync(path.join(tmpdir(), 'millrace-extract-'))
afterAll(() => rmSync(work, { recursive: true }))

const text =
  'The mill stands by the water, and the wheel that turns it has stood there for more than two hundred years. '
const html = `<html><head><title>The mill</title></head><body><article><h1>The mill</h1><p>${text.repeat(4)}</p></article></body></html>`

function run(args: string[], input = ''): Record<string, unknown>[] {
  const out = execFileSync(process.execPath, ['cli/millrace.ts', 'extract', ...args], {
    cwd: root,
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

function file(name: string, bytes: Uint8Array): string {
  const at = path.join(work, name)
  writeFileSync(at, bytes)
  return at
}

describe('millrace extract', () => {
  it('reads one HTML page on stdin', () => {
    const [line, ...rest] = run(['--url', 'http://site/'], html)
    expect(rest).toEqual([])
    expect(Object.keys(line ?? {})).toEqual(['id', 'url', 'title', 'author', 'date', 'pageType', 'lang', 'text'])
    expect(line).toMatchObject({ id: '0:0:0', url: 'http://site/', title: 'The mill', author: null, lang: 'en' })
    expect(line?.['text']).toContain(text.trim())
  })

  it('gives one line a page in the order of the files, also for pages without text', () => {
    const first = joined(gzipped(response('http://a/', html)), gzipped(response('http://b/', '<p></p>')))
    const second = joined(
      record('response', 'http://c/', http(bytesOf('gone'), {}, '404 Not Found')),
      response('http://d/', html),
    )
    const lines = run([
      file('a.warc.gz', first),
      file('b.warc', second),
      file('c.ndjson', bytesOf(`${JSON.stringify({ url: 'http://e/', text })}\n`)),
    ])
    expect(lines.map(({ url, text: body }) => [url, body !== ''])).toEqual([
      ['http://a/', true],
      ['http://b/', false],
      ['http://c/', false],
      ['http://d/', true],
      ['http://e/', true],
    ])
    expect(lines.map(({ id }) => String(id).split(':')[0])).toEqual(['0', '0', '1', '1', '2'])
    expect(new Set(lines.map(({ id }) => id)).size).toBe(5)
  })

  it('a file that is not there is a mistake of the user', () => {
    expect(() => run([path.join(work, 'none.warc')])).toThrow(expect.objectContaining({ status: 2 }))
  })
})
