/** What is lost of a damaged or odd Parquet file, and how it is told. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { parquetMetadata } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import type { ReadEvent } from '../../../functions/read/read-event.ts'
import { brief, bytesOf, joined, readAll, textOf } from './warc-fixture.ts'

type Options = Parameters<typeof parquetWriteBuffer>[0]
type Columns = Options['columnData']
const write = (columnData: Columns, options: Partial<Options> = {}): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 100, pageSize: 200, ...options }))
const textColumn = (count: number): Columns[number] => ({
  name: 'text',
  data: Array.from({ length: count }, (_, i) => `text ${i}`),
  type: 'STRING',
})
const urlColumn = (count: number, isCoded = false): Columns[number] => ({
  name: 'url',
  data: Array.from({ length: count }, (_, i) => `http://${isCoded ? i % 9 : i}/`),
  type: 'STRING',
  encoding: isCoded ? 'RLE_DICTIONARY' : 'PLAIN',
})
const details = (events: readonly ReadEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'failed' ? [event.failure.detail] : []))
const urls = (events: readonly ReadEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'page' ? [event.page.url] : []))

/** Where a column of the first row group begins, and how long it is. */
function chunkOf(object: Uint8Array, name: string): { start: number; data: number; length: number } {
  const chunk = parquetMetadata(object).row_groups[0]?.columns.find(
    ({ meta_data: about }) => about?.path_in_schema[0] === name,
  )?.meta_data
  if (chunk === undefined) throw new Error(`no column ${name}`)
  const [data, length] = [Number(chunk.data_page_offset), Number(chunk.total_compressed_size)]
  return { start: Number(chunk.dictionary_page_offset ?? data), data, length }
}

/** Replaces the footer by one of which a stretch reads otherwise. */
function footerWith(object: Uint8Array, change: (footer: Uint8Array) => Uint8Array): Uint8Array {
  const length = new DataView(object.buffer, object.byteOffset).getUint32(object.length - 8, true)
  const footer = change(object.slice(object.length - 8 - length, object.length - 8))
  const size = new Uint8Array(new Uint32Array([footer.length]).buffer)
  return joined(object.subarray(0, object.length - 8 - length), footer, size, bytesOf('PAR1'))
}

describe('what stands beside the text of a Parquet file', () => {
  it('is lost page by page, by name, and the rows are read', async () => {
    const object = write([textColumn(150), urlColumn(150)], { codec: 'UNCOMPRESSED' })
    const { start } = chunkOf(object, 'url')
    // The header of the first page: the offset index tells where the second is.
    const events = await readAll(object.slice().fill(0xff, start, start + 4))
    const [lost, ...others] = details(events)
    const count = Number(
      /^column url, rows 0 to (\d+) of the row group: .*; the rows are read without it$/.exec(lost ?? '')?.[1],
    )
    expect(count).toBeGreaterThan(5)
    expect(count).toBeLessThan(50)
    expect(others).toEqual([])
    expect(urls(events)).toEqual(Array.from({ length: 150 }, (_, i) => (i < count ? '' : `http://${i}/`)))
    expect(brief(events[0] ?? { kind: 'end', next: null, others: 0 })).toBe('failed null corrupt-member')
  })

  it('is lost to the end of the row group where no index tells the next page', async () => {
    const url = { ...urlColumn(150), offsetIndex: false }
    const object = write([textColumn(150), url], { codec: 'UNCOMPRESSED' })
    const { start } = chunkOf(object, 'url')
    const events = await readAll(object.slice().fill(0xff, start, start + 4))
    expect(details(events)).toEqual([expect.stringMatching(/^column url, rows 0 to 100 of the row group: /)])
    expect(urls(events)).toEqual(Array.from({ length: 150 }, (_, i) => (i < 100 ? '' : `http://${i}/`)))
  })

  it('that is coded by a damaged dictionary is never a number of it', async () => {
    const object = write([textColumn(90), urlColumn(90, true)])
    const { start, data } = chunkOf(object, 'url')
    expect(data).toBeGreaterThan(start)
    for (const damaged of [object.slice().fill(0xff, start, start + 4), object.slice().fill(0xff, data - 30, data)]) {
      const events = await readAll(damaged)
      expect(urls(events)).toHaveLength(90)
      expect(urls(events).filter((url) => url !== '' && !/^http:\/\/\d\/$/.test(url))).toEqual([])
      expect(details(events).length).toBeGreaterThan(0)
      for (const detail of details(events)) expect(detail).toMatch(/^column url, rows .*dictionary.* read without it$/)
    }
  })

  it('is named where it has a usual name and another type', async () => {
    const numbers = Array.from({ length: 150 }, (_, i) => i)
    const object = write([
      textColumn(150),
      { name: 'url', data: numbers, type: 'INT32' },
      { name: 'title', data: numbers.map((n) => ({ n })), type: 'JSON' },
      { name: 'id', data: numbers.map((n) => n / 2), type: 'DOUBLE' },
    ])
    const events = await readAll(object)
    expect(details(events)).toEqual([
      'the column url is INT32, expected text: the rows are read without it',
      'the column id is DOUBLE, expected text or integers: the rows are read without it',
    ])
    expect(urls(events)).toHaveLength(150)
    // Once a file, not once a slice.
    expect(details(await readAll(object, { start: 5 }))).toEqual([])
  })

  it('is left out where it is larger than a name can be', async () => {
    const data = ['http://a/', `http://${'b'.repeat(70_000)}/`, 'http://c/']
    const events = await readAll(
      write([{ ...textColumn(3) }, { name: 'url', data, type: 'STRING' }], { pageSize: 1 << 20 }),
    )
    expect(urls(events)).toEqual(['http://a/', '', 'http://c/'])
    expect(details(events)).toEqual([
      'column url has 70008 bytes in row 1 of the row group, at most 65536 are read: the row is read without it',
    ])
  })
})

describe('a Parquet file is refused by name', () => {
  const plain = write([textColumn(150), urlColumn(150)])
  const nulls: Columns[number] = { name: 'text', data: [1, 2], type: 'INT32', nullable: true }
  it.each<[string, Uint8Array, RegExp]>([
    ['two columns of one name', write([textColumn(3), textColumn(3)]), /has 2 columns of the name text, expected one/],
    [
      'a footer of no bytes',
      joined(plain.subarray(0, -8), new Uint8Array(4), bytesOf('PAR1')),
      /should have 0 bytes, and a schema takes some/,
    ],
    [
      'a footer of noise',
      footerWith(plain, (footer) => footer.map((_, i) => (i * 167 + 91) & 0xff)),
      /^the footer of the Parquet file, \d+ bytes from byte \d+ on, begins with 5b02a950f79e45ec and is no description/,
    ],
    ['no columns', footerWith(plain, () => NO_COLUMNS), /has no columns at all, expected one with text/],
    [
      'a text column of type null',
      footerWith(write([nulls]), asNull),
      /column text is of the type null: it holds no value/,
    ],
  ])('%s', async (_, object, said) => {
    const events = await readAll(object)
    expect(events.map(brief)).toEqual(['failed null unreadable-encoding', 'end null'])
    expect(details(events)[0]).toMatch(said)
  })

  it('never by an error of the engine, whatever bytes its footer has', async () => {
    let seed = 7
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return (seed >>> 8) % below
    }
    for (let run = 0; run < 400; run++) {
      const object = footerWith(plain, (footer) => {
        for (let n = random(4); n >= 0; n--) footer[random(footer.length)] = random(256)
        return footer
      })
      const events = await readAll(object)
      const rows = events.filter(({ kind }) => kind === 'page').length
      expect(events.at(-1)).toMatchObject({ kind: 'end', next: null })
      expect(rows === 150 || details(events).length > 0).toBe(true)
    }
  })
})

describe('compression of a Parquet file', () => {
  it('that is not read is told for each row group', async () => {
    // The codec of a column is the field before its number of values: 0 is none, 5 is LZ4.
    const object = write([textColumn(150)], { codec: 'UNCOMPRESSED' })
    const lz4 = footerWith(object, (footer) => {
      for (let at = 0; at < footer.length - 12; at++)
        if (textOf(footer.subarray(at, at + 4)) === 'text' && footer[at + 4] === 0x15 && footer[at + 5] === 0)
          footer[at + 5] = 10
      return footer
    })
    const events = await readAll(lz4)
    expect(events.map(brief)).toEqual([
      'failed null unreadable-encoding',
      'failed null unreadable-encoding',
      'end null',
    ])
    expect(details(events)[1]).toBe(
      'column text, rows 0 to 50 of the row group: it is compressed with LZ4, expected none, snappy, gzip, brotli or ' +
        'zstd: write it again so',
    )
  })

  it('of single values, or of all of it, is told', async () => {
    const data = [gzipSync('one'), zstdCompressSync('two'), Buffer.from('three')].map((bytes) => new Uint8Array(bytes))
    const events = await readAll(write([{ name: 'text', data, type: 'BYTE_ARRAY' }]))
    expect(details(events)).toEqual(
      ['gzip', 'zstd'].map((name) => expect.stringMatching(`^the text begins as ${name} does, expected text`)),
    )
    expect(events.filter(({ kind }) => kind === 'page')).toHaveLength(1)
    const packed = await readAll(new Uint8Array(gzipSync(gzipSync('{"url":"http://a/","text":"a"}\n'))))
    expect(details(packed)).toEqual(['gzip inside of gzip or zstd is not read: unpack it once'])
  })
})

/** A schema of a root alone, no rows and no row groups: version 1, schema [{name, children 0}], rows 0, groups []. */
const NO_COLUMNS = Uint8Array.from([
  0x15, 0x02, 0x19, 0x1c, 0x48, 0x04, 0x72, 0x6f, 0x6f, 0x74, 0x15, 0x00, 0x00, 0x16, 0x00, 0x19, 0x0c, 0x00,
])

/** Gives the last element of the schema the logical type null (field 10 of it, of which field 11 is an empty struct). */
function asNull(footer: Uint8Array): Uint8Array {
  const at = Buffer.from(footer).indexOf('text')
  const stop = footer.indexOf(0, at)
  const field = Uint8Array.from([0x6c, 0xbc, 0x00, 0x00])
  return joined(footer.subarray(0, stop), field, footer.subarray(stop))
}
