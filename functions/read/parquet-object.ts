/**
 * Pages out of a Parquet file with a text column, as books, encyclopedias, code and papers come. A slice owns the row
 * groups that begin in it; a row is named by its group's offset and its number in the group. Text is main text already.
 * Memory: the footer, and one page of each column that is read, whatever the size of a row group.
 */
import { parquetMetadataAsync, parquetSchema, type FileMetaData, type SchemaTree } from 'hyparquet'
import { isFlatColumn } from 'hyparquet/src/schema.js'
import type { ByteSource } from './byte-source.ts'
import { concat } from './http-response.ts'
import { columnStart, LostRows, readColumnPages, type Column, type Value } from './parquet-column.ts'
import { TooLong } from './parquet-stream.ts'
import { failed, rejected } from './read-event.ts'
import type { Place, ReadEvent } from './read-event.ts'
import { unicodePage } from './unicode-page.ts'
import { USUAL_COLUMNS, type TextColumns } from '../../schema/text-columns.ts'

const MAGIC_BYTES = 8
/** Of an address, a name or a title. */
const MAX_NAME_BYTES = 1 << 16
const MAX_FOOTER_BYTES = 16 << 20

export interface ParquetOptions {
  readonly start: number
  readonly end: number
  readonly maxPageBytes: number
  readonly columns: TextColumns
}

/** What is wrong with the file as a whole. */
class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

export async function* readParquet(source: ByteSource, options: ParquetOptions): AsyncGenerator<ReadEvent> {
  let file: { metadata: FileMetaData; names: Names }
  try {
    const metadata = await readFooter(source)
    file = { metadata, names: chooseColumns(metadata, options.columns) }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    yield failed({ offset: 0, index: 0 }, 'unreadable-encoding', error.message)
    yield { kind: 'end', next: null, others: 0 }
    return
  }
  const groups = rowGroups(file.metadata, file.names)
  for (const group of groups) {
    if (group.offset < options.start) continue
    if (group.offset >= options.end) {
      yield { kind: 'end', next: group.offset, others: 0 }
      return
    }
    yield* readGroup(source, group, options.maxPageBytes)
  }
  yield { kind: 'end', next: null, others: 0 }
}

async function rangeOf(source: ByteSource, start: number, end: number): Promise<ArrayBuffer> {
  const parts: Uint8Array[] = []
  let left = end - start
  for await (const chunk of source.read(start)) {
    parts.push(chunk.subarray(0, left))
    left -= Math.min(left, chunk.length)
    if (left === 0) break
  }
  return concat(parts).slice().buffer
}

async function readFooter(source: ByteSource): Promise<FileMetaData> {
  const { size } = source
  const tail = new DataView(await rangeOf(source, Math.max(0, size - MAGIC_BYTES), size))
  const magic = tail.byteLength < MAGIC_BYTES ? '' : String.fromCharCode(...new Uint8Array(tail.buffer, 4, 4))
  if (magic === 'PARE') throw new Unreadable('the Parquet file has an encrypted footer, which is not read')
  if (magic !== 'PAR1')
    throw new Unreadable('the Parquet file does not end with PAR1: it was cut off, or its writer never closed it')
  const length = tail.getUint32(0, true)
  if (length > Math.min(MAX_FOOTER_BYTES, size - MAGIC_BYTES)) {
    const most = `at most ${MAX_FOOTER_BYTES} and the file's own size are possible`
    throw new Unreadable(`the footer of the Parquet file should have ${length} bytes, ${most}: it is damaged`)
  }
  const file = { byteLength: size, slice: (start: number, end = size) => rangeOf(source, start, end) }
  try {
    return await parquetMetadataAsync(file, { initialFetchSize: length + MAGIC_BYTES })
  } catch (error) {
    throw new Unreadable(`the footer of the Parquet file cannot be read: ${String(error)}`, { cause: error })
  }
}

/** The path of each column that is read, by what it is read for. */
type Names = Readonly<Partial<Record<keyof TextColumns, readonly SchemaTree[]>>> & {
  readonly textColumn: readonly SchemaTree[]
}

function chooseColumns(metadata: FileMetaData, wanted: TextColumns): Names {
  const root = parquetSchema(metadata)
  const find = (use: keyof TextColumns): readonly SchemaTree[] | null => {
    const asked = wanted[use]
    for (const name of asked === undefined ? USUAL_COLUMNS[use] : [asked]) {
      const column = root.children.find(({ element }) => element.name === name)
      if (column === undefined) continue
      const path = [root, column]
      const holds = column.children.length > 0 || !isFlatColumn(path) ? 'a nested column' : (column.element.type ?? '')
      const isFit = holds === 'BYTE_ARRAY' || (use === 'idColumn' && (holds === 'INT64' || holds === 'INT32'))
      if (isFit) return path
      if (asked !== undefined || use === 'textColumn')
        throw new Unreadable(
          `the column ${name} is ${holds}, expected ${use === 'idColumn' ? 'text or integers' : 'text'}`,
        )
    }
    if (asked === undefined && use !== 'textColumn') return null
    const names = root.children.map(({ element }) => element.name)
    const missing = asked ?? USUAL_COLUMNS.textColumn.join(' or ')
    throw new Unreadable(`the Parquet file has no column ${missing}; it has ${names.join(', ')}`)
  }
  const textColumn = find('textColumn')
  if (textColumn === null) throw new Unreadable('the Parquet file has no text column')
  const names: Partial<Record<keyof TextColumns, readonly SchemaTree[]>> & Names = { textColumn }
  for (const use of ['urlColumn', 'idColumn', 'titleColumn'] as const) {
    const path = find(use)
    if (path !== null) names[use] = path
  }
  return names
}

interface Group {
  readonly offset: number
  readonly numRows: number
  readonly columns: Readonly<Partial<Record<keyof TextColumns, Column>>>
}

/** Row groups by where they begin in the file. */
function rowGroups(metadata: FileMetaData, names: Names): Group[] {
  const groups = metadata.row_groups.map((group): Group => {
    const numRows = Number(group.num_rows)
    const columns: Partial<Record<keyof TextColumns, Column>> = {}
    for (const use of Object.keys(names) as (keyof TextColumns)[]) {
      const schemaPath = names[use] ?? []
      const name = schemaPath.at(-1)?.element.name ?? ''
      const found = group.columns.find(({ meta_data: about }) => about?.path_in_schema.join('.') === name)?.meta_data
      if (found !== undefined) columns[use] = { name, schemaPath, metadata: found, numRows }
    }
    const starts = group.columns.flatMap(({ meta_data: about }) => (about === undefined ? [] : [columnStart(about)]))
    return { offset: Math.min(...starts), numRows, columns }
  })
  return groups.filter(({ numRows }) => numRows > 0).sort((a, b) => a.offset - b.offset)
}

async function* readGroup(source: ByteSource, group: Group, maxPageBytes: number): AsyncGenerator<ReadEvent> {
  const { offset, numRows, columns } = group
  const text = new ValueReader(source, columns.textColumn, maxPageBytes)
  const [url, id, title] = [columns.urlColumn, columns.idColumn, columns.titleColumn].map(
    (column) => new ValueReader(source, column, MAX_NAME_BYTES),
  ) as [ValueReader, ValueReader, ValueReader]
  try {
    for (let index = 0; index < numRows; index++) {
      const value = await text.next()
      const place = { offset, index }
      if (value instanceof LostRows) {
        yield failed(place, 'corrupt-member', value.detail)
        // All go on behind the rows that are lost.
        const more = text.left
        text.pass(more)
        for (const reader of [url, id, title]) reader.pass(more + 1)
        index += more
        continue
      }
      const address = textOf(await url.next()) || textOf(await id.next())
      yield rowEvent(value, { url: address, title: textOf(await title.next()), place, maxPageBytes })
    }
  } finally {
    for (const reader of [text, url, id, title]) await reader.close()
  }
}

function rowEvent(
  text: Value,
  { url, title, place, maxPageBytes }: { url: string; title: string; place: Place; maxPageBytes: number },
): ReadEvent {
  if (text instanceof TooLong)
    return rejected(place, url, { code: 'too-large', bytes: text.bytes, maxBytes: maxPageBytes })
  const body = text instanceof Uint8Array ? text : new TextEncoder().encode(String(text ?? ''))
  return unicodePage({ url, body, kind: 'text', ...(title === '' ? {} : { title }) }, place, maxPageBytes)
}

/** What stands beside the text is no reason to lose it: what cannot be read of it is left out. */
const textOf = (value: Value | LostRows): string => {
  if (value === null || value === undefined || value instanceof LostRows || value instanceof TooLong) return ''
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value)
}

/** One value after another of a column; undefined where there is none. */
class ValueReader {
  private readonly pages: AsyncGenerator<readonly Value[] | LostRows> | null
  private page: readonly Value[] | LostRows = []
  private at = 0
  /** Rows to be left out that lie beyond the page in hand. */
  private passing = 0

  constructor(source: ByteSource, column: Column | undefined, maxBytes: number) {
    this.pages = column === undefined ? null : readColumnPages(source, column, maxBytes)
  }

  /** Rows of the page in hand that are not taken yet. */
  get left(): number {
    return (this.page instanceof LostRows ? this.page.count : this.page.length) - this.at
  }

  async next(): Promise<Value | LostRows> {
    while (this.left <= 0) {
      const step = await this.pages?.next()
      if (step === undefined || step.done === true) return undefined
      this.page = step.value
      this.at = 0
      const { passing } = this
      this.passing = 0
      this.pass(passing)
    }
    const { page, at } = this
    this.at++
    return page instanceof LostRows ? page : page[at]
  }

  /** Leaves out the next `count` values. */
  pass(count: number): void {
    const here = Math.min(count, Math.max(0, this.left))
    this.at += here
    this.passing += count - here
  }

  async close(): Promise<void> {
    await this.pages?.return(undefined)
  }
}
