/**
 * The values of one column of one Parquet row group, page by page: a row group may have a million rows, a page of one is
 * about 1 MiB. A page that cannot be read costs its own rows; behind a header that cannot be read the file's offset index
 * tells where the next page is, if it has one. Cost: each byte is read once, one page is held.
 */
import type { ColumnMetaData } from 'hyparquet'
import { readOffsetIndex } from 'hyparquet/src/indexes.js'
import { ByteWindow } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import {
  decodePage,
  isDictionaryCoded,
  nextPage,
  plainPage,
  streamDictionary,
  viewOf,
  type DecodedArray,
  type Page,
  type PageColumn,
} from './parquet-page.ts'
import { plainValues, type StreamedDictionary, type TooLong } from './parquet-stream.ts'

const MAX_INDEX_BYTES = 16 << 20

/** Rows whose value cannot be read: those of a page, or all that follow. */
export class LostRows {
  readonly detail: string
  readonly count: number
  /** As it was written it cannot be read; damaged otherwise. */
  readonly isUnknown: boolean
  constructor(detail: string, count: number, isUnknown = false) {
    this.detail = detail
    this.count = count
    this.isUnknown = isUnknown
  }
}

export type Value = string | Uint8Array | number | bigint | boolean | TooLong | null | undefined

export interface Column extends PageColumn {
  readonly name: string
  readonly numRows: number
  /** Where its offset index lies; null where there is none. */
  readonly index: { readonly offset: number; readonly length: number } | null
}

/** Where a column's first page lies. Some writers leave the offset of a dictionary at 0. */
export function columnStart({ dictionary_page_offset: dictionary, data_page_offset: data }: ColumnMetaData): number {
  return Number(dictionary === undefined || dictionary === 0n || dictionary > data ? data : dictionary)
}

export const lostRows = (name: string, from: number, count: number, cause: unknown): LostRows => {
  const why = cause instanceof Error ? cause.message : String(cause)
  const detail = `column ${name}, rows ${from} to ${from + count} of the row group: ${why}`
  return new LostRows(detail, count, why.startsWith('parquet unsupported'))
}

/** Yields the values of each page, or that they are lost; strings come as their bytes. */
export async function* readColumnPages(
  source: ByteSource,
  column: Column,
  maxValueBytes: number,
): AsyncGenerator<readonly Value[] | LostRows> {
  const { metadata, numRows, name } = column
  let window = new ByteWindow(source, columnStart(metadata))
  const end = window.position + Number(metadata.total_compressed_size)
  let dictionary: DecodedArray | undefined
  let streamed: StreamedDictionary | null = null
  let noDictionary = 'it has no dictionary, and its values are numbers in one'
  let rows = 0
  try {
    while (rows < numRows) {
      const at = window.position
      let page: Page
      try {
        page = await nextPage(window, end, numRows - rows)
      } catch (error) {
        const next = await pageBehind(source, column, { at, rows })
        const count = (next?.row ?? numRows) - rows
        if (count > 0) yield lostRows(name, rows, count, error)
        if (next === null) return
        noDictionary = 'its dictionary cannot be read'
        rows += count
        await window.close()
        window = new ByteWindow(source, next.offset)
        continue
      }
      const { header, bytes, count } = page
      if (header.type === 'DICTIONARY_PAGE') {
        try {
          if (bytes === null) streamed = streamDictionary(source, column, page, maxValueBytes)
          else dictionary = decodePage(column, { header, bytes, dictionary })
        } catch (error) {
          noDictionary = `its dictionary cannot be read: ${error instanceof Error ? error.message : String(error)}`
        }
        continue
      }
      const before = rows
      try {
        if (bytes === null) {
          for await (const value of plainValues(source, plainPage(column, page), maxValueBytes)) {
            yield [value]
            rows++
          }
        } else {
          const isCoded = isDictionaryCoded(header)
          if (isCoded && dictionary === undefined && streamed === null) throw new Error(noDictionary)
          const values = decodePage(column, { header, bytes, dictionary })
          if (values.length !== count) throw new Error(`the page has ${values.length} values, its header says ${count}`)
          if (streamed !== null && isCoded) {
            for (const index of values as readonly (number | null)[]) {
              yield [typeof index === 'number' ? await streamed.get(index) : null]
              rows++
            }
          } else {
            yield values as readonly Value[]
            rows += count
          }
        }
      } catch (error) {
        const left = before + count - rows
        yield lostRows(name, rows, left, error)
        rows += left
      }
    }
  } finally {
    await window.close()
    await streamed?.close()
  }
}

/** The first page that the offset index has behind a place where none could be read. */
async function pageBehind(
  source: ByteSource,
  { index, numRows }: Column,
  { at, rows }: { at: number; rows: number },
): Promise<{ offset: number; row: number } | null> {
  if (index === null || !(index.length > 0 && index.length <= MAX_INDEX_BYTES)) return null
  const window = new ByteWindow(source, index.offset)
  try {
    await window.fill(index.length)
    const { page_locations: pages } = readOffsetIndex({ view: viewOf(window.unread), offset: 0 })
    const next = pages.find((page) => Number(page.offset) > at && Number(page.first_row_index) >= rows)
    const row = Number(next?.first_row_index)
    return next === undefined || !(row < numRows) ? null : { offset: Number(next.offset), row }
  } catch {
    // The index is damaged as well: the rows that are left are named as lost.
    return null
  } finally {
    await window.close()
  }
}
