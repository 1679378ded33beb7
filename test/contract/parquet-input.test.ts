/** Parquet files as pyarrow writes them, read as input: every row's address and text, in slices of any length. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fileSource } from '../../cli/file-source.ts'
import type { ReadEvent } from '../../functions/read/read-event.ts'
import { readSlice, type SliceOptions } from '../../functions/read/read-slice.ts'
import { hasPython, runPython } from './open-parquet.ts'

// Much is read here, and a machine may have other work.
vi.setConfig({ testTimeout: 60_000 })

if (!hasPython) console.log('gpu-runner/.venv is missing: no Parquet input is written with pyarrow')

const NAMES = ['none', 'snappy', 'gzip', 'brotli', 'zstd', 'groups', 'pages', 'version-2', 'delta', 'delta-length']
const MORE = ['checksums', 'index', 'nested', 'large-string', 'nulls', 'repeated']
const CODECS = ['none', 'snappy', 'gzip', 'brotli', 'zstd']
const BOOKS = ['books-2', ...CODECS.map((codec) => `books-${codec}`), ...CODECS.map((codec) => `books-plain-${codec}`)]
const RENAMED = { textColumn: 'body', urlColumn: 'source_url', titleColumn: 'headline', idColumn: 'docid' }

describe.skipIf(!hasPython)('Parquet input', () => {
  let folder = ''
  let written = new Map<string, string[]>()
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-parquet-'))
    const lines = await runPython(path.join(import.meta.dirname, 'write_parquet.py'), [folder])
    const files = lines.map((line) => JSON.parse(line) as { name: string; rows: string[] })
    written = new Map(files.map(({ name, rows }) => [name, rows]))
  }, 60_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const events = async (name: string, options: SliceOptions = {}): Promise<ReadEvent[]> => {
    const found: ReadEvent[] = []
    const source = await fileSource(path.join(folder, `${name}.parquet`))
    for await (const event of readSlice(source, options)) found.push(event)
    return found
  }
  const digestOf = (event: ReadEvent): string[] => {
    if (event.kind === 'end') return []
    const [url, text] =
      event.kind === 'page' ? [event.page.url, Buffer.from(event.page.body).toString()] : [event.url, '']
    return [createHash('sha1').update(`${url}\n${text}`).digest('hex')]
  }

  it.each([...NAMES, ...MORE, ...BOOKS, 'renamed'])('%s', async (name) => {
    const columns = name === 'renamed' ? { columns: RENAMED } : {}
    const whole = await events(name, columns)
    expect(whole.filter(({ kind }) => kind === 'failed')).toEqual([])
    expect(whole.flatMap(digestOf)).toEqual(written.get(name))
    const sliced: ReadEvent[] = []
    const starts: number[] = []
    for (let start: number | null = 0; start !== null;) {
      starts.push(start)
      const slice: ReadEvent[] = await events(name, { ...columns, start, length: 5000 })
      const end = slice.pop()
      sliced.push(...slice)
      start = end?.kind === 'end' ? end.next : null
    }
    expect(sliced).toEqual(whole.slice(0, -1))
    if (name === 'groups') expect(starts.length).toBeGreaterThan(5)
    if (name === 'nulls') expect(whole.filter(({ kind }) => kind === 'rejected').length).toBe(500)
  })

  it('passes the title on, and tells the compression that is not read', async () => {
    const [first] = await events('zstd')
    expect(first).toMatchObject({ page: { title: 'Title 0', url: 'https://books.example/0', kind: 'text', index: 0 } })
    const [refused, end, ...rest] = await events('lz4')
    expect(refused).toMatchObject({ kind: 'failed', failure: { code: 'unreadable-encoding' } })
    expect(refused?.kind === 'failed' && refused.failure.detail).toMatch(
      /it is compressed with LZ4(?:_RAW)?, expected none, snappy/,
    )
    expect([end?.kind, rest]).toEqual(['end', []])
  })

  it.each<[string, SliceOptions, RegExp]>([
    ['renamed', {}, /no column text or content; it has docid, source_url, headline, body$/],
    ['zstd', { columns: { textColumn: 'body' } }, /no column body; it has id, url, title, text$/],
    ['zstd', { columns: { textColumn: 'id' } }, /the column id is INT64, expected text$/],
    ['nested', { columns: { textColumn: 'meta' } }, /the column meta is a nested column, expected text$/],
    ['zstd', { columns: { urlColumn: 'address' } }, /no column address; it has id, url, title, text$/],
  ])('%s %o is refused with what is there', async (name, options, said) => {
    const found = await events(name, options)
    expect(found).toMatchObject([
      { kind: 'failed', failure: { code: 'unreadable-encoding' } },
      { kind: 'end', next: null },
    ])
    expect(found[0]?.kind === 'failed' && found[0].failure.detail).toMatch(said)
  })
})
