/** What the commands that read files do with files that are none, or hold nothing. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

// Much is read here, and a machine may have other work.
vi.setConfig({ testTimeout: 60_000 })

const FIXTURES = path.join(import.meta.dirname, '../../fixtures')
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-inputs-'))
  execFileSync('mkfifo', [path.join(folder, 'fifo')])
  writeFileSync(path.join(folder, 'notes.txt'), 'filedesc://no.arc 0.0.0.0 20260101000000 text/plain 10\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const millrace = (...args: string[]) =>
  spawnSync(process.execPath, ['cli/bin.mjs', ...args], { encoding: 'utf8', timeout: 60_000, input: '' })
const at = (name: string): string => path.join(folder, name)

describe.each(['process', 'extract'])('millrace %s', (command) => {
  const output = (): string[] => (command === 'process' ? ['-o', at('out')] : [])
  it.each<[string, () => string, RegExp]>([
    ['a pipe', () => at('fifo'), /fifo is no regular file/],
    ['a device', () => '/dev/zero', /\/dev\/zero is no regular file/],
    ['a directory', () => folder, /is a directory, expected files/],
    ['nothing', () => at('none'), /There is no file .*none/],
  ])('refuses %s by name', (_, file, said) => {
    const { status, stderr } = millrace(command, file(), ...output())
    expect([status, stderr]).toEqual([2, expect.stringMatching(said)])
    expect(stderr).not.toMatch(/ENOENT|EISDIR/)
  })

  it('ends with 1 when nothing could be read', () => {
    const { status, stderr } = millrace(command, at('notes.txt'), ...output())
    expect([status, stderr]).toEqual([1, expect.stringMatching(/no page could be read/)])
  })

  it('ends with 1 when all that there is is damaged', () => {
    const header = ['WARC/1.0', 'WARC-Type: response', 'WARC-Target-URI: http://a/', 'Content-Length: 900', '', '']
    writeFileSync(at('damaged.warc'), `${header.join('\r\n')}HTTP/1.1 200 OK\r\n\r\n<p>Cut off`)
    const { status, stderr } = millrace(command, at('damaged.warc'), ...output())
    expect([status, stderr]).toEqual([1, expect.stringMatching(/no page could be read/)])
    expect(stderr).toMatch(/damaged\.warc: (broken-record|truncated)/)
  })

  it('reads Parquet, and says which columns there are', () => {
    const file = path.join(FIXTURES, 'parquet/zstd.parquet')
    const { status, stdout } = millrace(command, file, ...output(), '--title-column', 'title')
    expect(status).toBe(0)
    if (command === 'extract') expect(stdout.trimEnd().split('\n').length).toBe(40)
    else expect(JSON.parse(stdout)).toMatchObject({ pages: 40, failed: 0 })
    const wrong = millrace(command, file, ...output(), '--text-column', 'body')
    expect(wrong.status).toBe(1)
    expect(wrong.stderr).toContain('the Parquet file has no column body; it has id, url, title, text')
  })
})

it('process takes files by --input as well, and wants one', () => {
  const file = path.join(FIXTURES, 'parquet/gzip.parquet')
  const { status, stdout } = millrace('process', '--input', file, '-o', at('out2'), '--source', 'book', '--lang', 'en')
  expect([status, JSON.parse(stdout)]).toMatchObject([0, { pages: 40 }])
  expect(millrace('process', '-o', at('out2'))).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/No file was given/) as string,
  })
})

it.each<[string, () => string[], RegExp]>([
  ['a manifest that is not there', () => ['manifest', 'entries', at('none')], /There is no file .*manifest\.json/],
  [
    'a directory as an index',
    () => ['manifest', 'plan', '--index', folder, '--recipe', 'llama-3-syne', '-o', at('plan')],
    /is a directory, expected a file/,
  ],
  [
    'a recipe that is a directory',
    () => ['manifest', 'plan', '--index', at('notes.txt'), '--recipe', `${folder}/`, '-o', at('plan')],
    /is a directory|There is no/,
  ],
])('%s is told in words', (_, args, said) => {
  const { status, stderr } = millrace(...args())
  expect([status, stderr]).toEqual([2, expect.stringMatching(said)])
  expect(stderr).not.toMatch(/ENOENT|EISDIR/)
})
