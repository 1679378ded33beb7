/** One page of a Parquet column: its header, its bytes, and the values that they hold. */
import { brotliDecompressSync, crc32, gunzipSync } from 'node:zlib'
import type { ColumnMetaData, Compressors, SchemaTree } from 'hyparquet'
import { parquetHeader, readPage } from 'hyparquet/src/column.js'
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import type { ByteSource, ByteWindow } from './byte-source.ts'
import { plainBytes } from './gzip-member.ts'
import { plainValues, StreamedDictionary, type PlainPage } from './parquet-stream.ts'
import { decodeFrames } from './zstd-body.ts'

/** A page of more is not held but streamed. */
export const MAX_HELD_PAGE_BYTES = 8 << 20
/** Their array has 8 bytes for each. */
const MAX_PAGE_ROWS = 1 << 21
const HEADER_ROOM = 1 << 16

const COMPRESSORS: Compressors = {
  GZIP: (bytes, length) => plainBytes(gunzipSync(bytes, { maxOutputLength: length })),
  BROTLI: (bytes, length) => plainBytes(brotliDecompressSync(bytes, { maxOutputLength: length })),
  ZSTD: decodeFrames,
}

/** What reading its pages needs to know of a column. */
export interface PageColumn {
  readonly schemaPath: readonly SchemaTree[]
  readonly metadata: ColumnMetaData
}

type PageHeader = ReturnType<typeof parquetHeader>
export type DecodedArray = NonNullable<Parameters<typeof readPage>[3]>

export interface Page {
  readonly header: PageHeader
  /** Of its bytes, behind its header. */
  readonly offset: number
  /** Null where there are too many to hold. */
  readonly bytes: Uint8Array | null
  readonly count: number
}

export const isDictionaryCoded = ({ data_page_header: v1, data_page_header_v2: v2 }: PageHeader): boolean =>
  (v1?.encoding ?? v2?.encoding ?? '').endsWith('_DICTIONARY')

export async function nextPage(window: ByteWindow, end: number, rowsLeft: number): Promise<Page> {
  const at = window.position
  if (at >= end) throw new Error('the column ends before its rows do')
  await window.fill(HEADER_ROOM)
  const reader = { view: viewOf(window.unread), offset: 0 }
  const header = parquetHeader(reader)
  const length = header.compressed_page_size
  if (!(length >= 0) || at + reader.offset + length > end) throw new Error(`no page begins at byte ${at}`)
  const count = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_rows ?? 0
  if (!(count >= 0 && count <= Math.min(rowsLeft, MAX_PAGE_ROWS)))
    throw new Error(`a page has ${count} rows, at most ${Math.min(rowsLeft, MAX_PAGE_ROWS)} are expected`)
  window.skip(reader.offset)
  const offset = window.position
  if (Math.max(length, header.uncompressed_page_size) > MAX_HELD_PAGE_BYTES) {
    for (let left = length; left > 0;) {
      await window.fill(Math.min(left, HEADER_ROOM))
      const passed = Math.min(left, window.unread.length)
      if (passed === 0) throw new Error('the object ends inside a page')
      window.skip(passed)
      left -= passed
    }
    return { header, offset, bytes: null, count }
  }
  await window.fill(length)
  if (window.unread.length < length) throw new Error('the object ends inside a page')
  // Values are views of it, and the window moves on.
  const bytes = window.unread.slice(0, length)
  window.skip(length)
  return { header, offset, bytes, count }
}

/** A large page as what streaming it needs. Of large pages only plain ones of texts are read: others do not come so large. */
export function plainPage({ metadata, schemaPath }: PageColumn, { header, offset }: Page): PlainPage {
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header
  const encoding = v1?.encoding ?? v2?.encoding ?? 'PLAIN'
  if (metadata.type !== 'BYTE_ARRAY' || (encoding !== 'PLAIN' && dictionary === undefined)) {
    const held = `at most ${MAX_HELD_PAGE_BYTES} are read unless they are plain: write smaller data pages`
    throw new Error(`a page in ${encoding} has ${header.uncompressed_page_size} bytes, ${held}`)
  }
  const isNullable = schemaPath.at(-1)?.element.repetition_type === 'OPTIONAL'
  const outer = v2?.definition_levels_byte_length ?? 0
  return {
    offset: offset + outer,
    compressedBytes: header.compressed_page_size - outer,
    bytes: header.uncompressed_page_size - outer,
    codec: v2?.is_compressed === false ? 'UNCOMPRESSED' : metadata.codec,
    numValues: v1?.num_values ?? v2?.num_values ?? dictionary?.num_values ?? 0,
    levels: v1 !== undefined && isNullable ? 'inside' : outer,
    readLevels(bytes, numValues) {
      const levels: number[] = Array.from({ length: numValues })
      readRleBitPackedHybrid({ view: viewOf(bytes), offset: 0 }, 1, levels, bytes.length)
      return levels
    },
  }
}

export function streamDictionary(
  source: ByteSource,
  column: PageColumn,
  page: Page,
  maxValueBytes: number,
): StreamedDictionary {
  const plain = plainPage(column, page)
  return new StreamedDictionary(() => plainValues(source, plain, maxValueBytes))
}

export function decodePage(
  { metadata, schemaPath }: PageColumn,
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

export const viewOf = (bytes: Uint8Array): DataView<ArrayBuffer> =>
  new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
