/** Parquet input without Python: what hyparquet-writer writes, whole, in slices and damaged. */
import { parquetWriteBuffer } from 'hyparquet-writer'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { ReadEvent } from '../../../functions/read/read-event.ts'
import type { TextColumns } from '../../../schema/text-columns.ts'
import { brief, bytesOf, joined, readAll, textOf } from './warc-fixture.ts'

// Much is read here, and a machine may have other work.
vi.setConfig({ testTimeout: 60_000 })

interface Row {
  readonly url: string
  readonly text: string
}
function parquet(rows: readonly Row[], { rowGroupSize = 1000, text = 'text' } = {}): Uint8Array {
  const columnData = [
    { name: 'url', data: rows.map(({ url }) => url), type: 'STRING' as const },
    { name: text, data: rows.map((row) => row.text), type: 'STRING' as const },
    { name: 'n', data: rows.map((_, i) => i), type: 'INT32' as const },
  ]
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize, pageSize: 500 }))
}
const rowsOf = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) => ({
    url: `http://${i}/`,
    text: `${i} ${Array.from({ length: i % 40 }, (__, j) => (i * 7919 + j * j) % 65521).join(' ')}`,
  }))
const texts = (events: readonly ReadEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'page' ? [textOf(event.page.body)] : []))
const details = (events: readonly ReadEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'failed' ? [event.failure.detail] : []))

async function inSlices(object: Uint8Array, length: number, columns: TextColumns = {}): Promise<ReadEvent[]> {
  const all: ReadEvent[] = []
  for (let start: number | null = 0; start !== null;) {
    const events: ReadEvent[] = await readAll(object, { start, length, columns })
    const end = events.pop()
    all.push(...events)
    start = end?.kind === 'end' ? end.next : null
  }
  return all
}

describe('Parquet objects', () => {
  it('are read row by row, whatever the groups, slices and chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(90),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 5000 }),
        async (count, rowGroupSize, length) => {
          const rows = rowsOf(count)
          const object = parquet(rows, { rowGroupSize })
          const events = await readAll(object)
          expect(texts(events)).toEqual(rows.map(({ text }) => text))
          expect(await inSlices(object, length)).toEqual(events.slice(0, -1))
          expect(await readAll(object, {}, 97)).toEqual(events)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('take the columns that they are told', async () => {
    const object = parquet(rowsOf(3), { text: 'content' })
    expect((await readAll(object)).map(brief)).toEqual([
      'page http://0/',
      'page http://1/',
      'page http://2/',
      'end null',
    ])
    const other = parquet(rowsOf(3), { text: 'body' })
    const events = await readAll(other, { columns: { textColumn: 'body', urlColumn: 'body', idColumn: 'n' } })
    expect(texts(events)).toEqual(rowsOf(3).map(({ text }) => text))
    expect(details(await readAll(other))).toEqual([
      'the Parquet file has no column text or content; it has url, body, n',
    ])
    expect(details(await readAll(other, { columns: { textColumn: 'n' } }))).toEqual([
      'the column n is INT32, expected text',
    ])
  })

  it('that are damaged lose what is damaged, by name', async () => {
    const rows = rowsOf(400)
    const object = parquet(rows, { rowGroupSize: 100 })
    const at = object.length >> 1
    const damaged = object.slice().fill(0xff, at, at + 40)
    const events = await readAll(damaged)
    const lost = details(events)
    expect(lost.length).toBeGreaterThan(0)
    for (const detail of lost) expect(detail).toMatch(/^column text, rows \d+ to \d+ of the row group/)
    const read = texts(events)
    expect(read.length).toBeGreaterThan(300)
    expect(read.filter((text) => !rows.some((row) => row.text === text)).length).toBeLessThanOrEqual(5)
    expect(await inSlices(damaged, 1)).toEqual(events.slice(0, -1))
  })

  it.each<[string, (object: Uint8Array) => Uint8Array, RegExp]>([
    ['cut off', (object) => object.subarray(0, -200), /does not end with PAR1: it was cut off/],
    ['only a beginning', () => bytesOf('PAR1'), /does not end with PAR1/],
    ['encrypted', (object) => joined(object.subarray(0, -4), bytesOf('PARE')), /encrypted footer/],
    [
      'of a wrong footer length',
      (object) => joined(object.subarray(0, -8), Uint8Array.of(0xff, 0xff, 0xff, 0x7f), bytesOf('PAR1')),
      /should have 2147483647 bytes/,
    ],
    ['of a broken footer', (object) => object.slice().fill(0xff, object.length - 150, object.length - 8), /footer/],
  ])('%s are refused by name', async (_, spoil, said) => {
    const events = await readAll(spoil(parquet(rowsOf(50))))
    expect(events.map(brief)).toEqual(['failed null unreadable-encoding', 'end null'])
    expect(details(events)[0]).toMatch(said)
  })
})
