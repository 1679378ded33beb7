/**
 * The values of one column of one Parquet row group, page by page: a row group may have a million rows, a page of one is
 * about 1 MiB. A page that cannot be read costs its own rows. Cost: each byte is read once, one page is held.
 */
import { brotliDecompressSync, crc32, gunzipSync } from 'node:zlib'
import type { ColumnMetaData, Compressors, SchemaTree } from 'hyparquet'
import { parquetHeader, readPage } from 'hyparquet/src/column.js'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { ByteWindow } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import { plainBytes } from './gzip-member.ts'
import { decodeFrames } from './zstd-body.ts'

/** A page of more is refused by name: with its values it would not fit beside a page of the pipeline. */
export const MAX_COLUMN_PAGE_BYTES = 24 << 20
/** Their array has 8 bytes for each. */
const MAX_PAGE_ROWS = 1 << 21
const HEADER_ROOM = 1 << 16

/** Rows whose value cannot be read: those of a page, or all that follow. */
export class LostRows {
  readonly detail: string
  readonly count: number
  constructor(detail: string, count: number) {
    this.detail = detail
    this.count = count
  }
}

export type Value = string | Uint8Array | number | bigint | boolean | null | undefined

export interface Column {
  readonly name: string
  readonly schemaPath: readonly SchemaTree[]
  readonly metadata: ColumnMetaData
  readonly numRows: number
}

const COMPRESSORS: Compressors = {
  GZIP: (bytes, length) => plainBytes(gunzipSync(bytes, { maxOutputLength: length })),
  BROTLI: (bytes, length) => plainBytes(brotliDecompressSync(bytes, { maxOutputLength: length })),
  ZSTD: decodeFrames,
}

/** Where a column's first page lies. Some writers leave the offset of a dictionary at 0. */
export function columnStart({ dictionary_page_offset: dictionary, data_page_offset: data }: ColumnMetaData): number {
  return Number(dictionary === undefined || dictionary === 0n || dictionary > data ? data : dictionary)
}

type PageHeader = ReturnType<typeof parquetHeader>
type DecodedArray = NonNullable<Parameters<typeof readPage>[3]>

/** Yields the values of each page, or that they are lost; strings come as their bytes. */
export async function* readColumnPages(
  source: ByteSource,
  column: Column,
): AsyncGenerator<readonly Value[] | LostRows> {
  const { metadata, numRows, name } = column
  const window = new ByteWindow(source, columnStart(metadata))
  const end = window.position + Number(metadata.total_compressed_size)
  let dictionary: DecodedArray | undefined
  let rows = 0
  const lost = (count: number, cause: unknown): LostRows => {
    const why = cause instanceof Error ? cause.message : String(cause)
    const where = `column ${name}, rows ${rows} to ${rows + count} of the row group`
    return new LostRows(`${where}: ${why}`, count)
  }
  try {
    while (rows < numRows) {
      let page: { header: PageHeader; bytes: Uint8Array }
      try {
        page = await nextPage(window, end)
      } catch (error) {
        yield lost(numRows - rows, error)
        return
      }
      const { header, bytes } = page
      const count = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_rows ?? 0
      if (!(count >= 0 && count <= Math.min(numRows - rows, MAX_PAGE_ROWS))) {
        yield lost(numRows - rows, new Error(`a page has ${count} rows, at most ${MAX_PAGE_ROWS} are read`))
        return
      }
      try {
        const values = decodePage(column, { header, bytes, dictionary })
        if (header.type === 'DICTIONARY_PAGE') dictionary = values
        else if (values.length !== count)
          throw new Error(`the page has ${values.length} values, its header says ${count}`)
        else yield values as readonly Value[]
      } catch (error) {
        if (header.type === 'DICTIONARY_PAGE') {
          yield lost(numRows - rows, error)
          return
        }
        yield lost(count, error)
      }
      rows += count
    }
  } finally {
    await window.close()
  }
}

async function nextPage(window: ByteWindow, end: number): Promise<{ header: PageHeader; bytes: Uint8Array }> {
  const at = window.position
  if (at >= end) throw new Error('the column ends before its rows do')
  await window.fill(HEADER_ROOM)
  const reader = { view: viewOf(window.unread), offset: 0 }
  const header = parquetHeader(reader)
  const length = header.compressed_page_size
  if (!(length >= 0) || at + reader.offset + length > end) throw new Error(`no page begins at byte ${at}`)
  const most = Math.max(length, header.uncompressed_page_size)
  if (most > MAX_COLUMN_PAGE_BYTES)
    throw new Error(`a page has ${most} bytes, at most ${MAX_COLUMN_PAGE_BYTES} are read: write smaller data pages`)
  window.skip(reader.offset)
  await window.fill(length)
  if (window.unread.length < length) throw new Error('the object ends inside a page')
  // Values are views of it, and the window moves on.
  const bytes = window.unread.slice(0, length)
  window.skip(length)
  return { header, bytes }
}

function decodePage(
  { metadata, schemaPath }: Column,
  { header, bytes, dictionary }: { header: PageHeader; bytes: Uint8Array; dictionary: DecodedArray | undefined },
): DecodedArray {
  if (header.crc !== undefined && crc32(bytes) !== header.crc >>> 0) throw new Error('the CRC-32 of a page is wrong')
  const element = schemaPath.at(-1)?.element
  if (element === undefined) throw new Error('the column is not in the schema')
  const decoder = {
    ...metadata,
    pathInSchema: metadata.path_in_schema,
    element,
    schemaPath: [...schemaPath],
    compressors: COMPRESSORS,
    utf8: false,
    parsers: { ...DEFAULT_PARSERS, stringFromBytes: (found: Uint8Array) => found },
  }
  const read = readPage({ view: viewOf(bytes), offset: 0 }, header, decoder, dictionary, undefined, 0)
  return read.data ?? []
}

const viewOf = (bytes: Uint8Array): DataView<ArrayBuffer> =>
  new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
