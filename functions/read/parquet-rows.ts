/** The rows of one Parquet row group as pages; what cannot be read of them is a failure that says how many rows it costs. */
import type { ByteSource } from './byte-source.ts'
import { LostRows, lostRows, readColumnPages, type Column, type Value } from './parquet-column.ts'
import type { Use } from './parquet-names.ts'
import { TooLong } from './parquet-stream.ts'
import { failed, rejected } from './read-event.ts'
import type { Place, ReadEvent } from './read-event.ts'
import { unicodePage } from './unicode-page.ts'

/** Of an address, a name or a title. */
const MAX_NAME_BYTES = 1 << 16
const CODECS = new Set(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD'])
const WITHOUT = 'the rows are read without it'

export interface Group {
  readonly offset: number
  readonly numRows: number
  /** Where a column of the file lies in this group, or why it cannot be read there. */
  readonly columns: Readonly<Partial<Record<Use, Column | LostRows>>>
}

export async function* readGroup(source: ByteSource, group: Group, maxPageBytes: number): AsyncGenerator<ReadEvent> {
  const { offset, numRows, columns } = group
  const text = new ValueReader(source, columns.textColumn, maxPageBytes)
  const beside = (['urlColumn', 'idColumn', 'titleColumn'] as const).map(
    (use) => new ValueReader(source, columns[use], MAX_NAME_BYTES),
  )
  try {
    for (let index = 0; index < numRows; index++) {
      const value = await text.next()
      const place = { offset, index }
      if (value instanceof LostRows) {
        yield lostEvent(value, place)
        // All go on behind the rows that are lost.
        const more = text.left
        text.pass(more)
        for (const reader of beside) reader.pass(more + 1)
        index += more
        continue
      }
      const said: string[] = []
      for (const reader of beside) {
        const found = await reader.next()
        if (found instanceof LostRows) {
          // Told once, at the first of its rows.
          if (reader.isNew) yield lostEvent(found, place, `; ${WITHOUT}`)
        } else if (lengthOf(found) > MAX_NAME_BYTES) {
          const sizes = `has ${lengthOf(found)} bytes in row ${index} of the row group, at most ${MAX_NAME_BYTES}`
          yield failed(place, 'broken-record', `column ${reader.name} ${sizes} are read: the row is read without it`)
        }
        said.push(textOf(found))
      }
      const [url = '', id = '', title = ''] = said
      yield rowEvent(value, { url: url || id, title, place, maxPageBytes })
    }
  } finally {
    for (const reader of [text, ...beside]) await reader.close()
  }
}

const lostEvent = ({ detail, isUnknown }: LostRows, place: Place, more = ''): ReadEvent =>
  failed(place, isUnknown ? 'unreadable-encoding' : 'corrupt-member', `${detail}${more}`)

function rowEvent(
  text: Value,
  { url, title, place, maxPageBytes }: { url: string; title: string; place: Place; maxPageBytes: number },
): ReadEvent {
  if (text instanceof TooLong)
    return rejected(place, url, { code: 'too-large', bytes: text.bytes, maxBytes: maxPageBytes })
  const body = text instanceof Uint8Array ? text : new TextEncoder().encode(String(text ?? ''))
  const packed = compressionOf(body)
  if (packed !== null) {
    const detail = `the text begins as ${packed} does, expected text: its writer compressed each value; unpack the column`
    return failed(place, 'unreadable-encoding', detail, url)
  }
  return unicodePage({ url, body, kind: 'text', ...(title === '' ? {} : { title }) }, place, maxPageBytes)
}

/** Beginnings that no text in UTF-8 has. */
function compressionOf([a, b, c, d]: Uint8Array): string | null {
  if (a === 0x1f && b === 0x8b) return 'gzip'
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd'
  return a === 0x78 && (b === 0x9c || b === 0xda) ? 'zlib' : null
}

const lengthOf = (value: Value): number =>
  value instanceof TooLong ? value.bytes : value instanceof Uint8Array ? value.length : 0

const textOf = (value: Value | LostRows): string => {
  if (value === null || value === undefined || value instanceof LostRows || value instanceof TooLong) return ''
  if (lengthOf(value) > MAX_NAME_BYTES) return ''
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value)
}

async function* all(lost: LostRows): AsyncGenerator<LostRows> {
  yield lost
}

function pagesOf(source: ByteSource, column: Column, maxBytes: number): AsyncGenerator<readonly Value[] | LostRows> {
  const { name, numRows, metadata } = column
  if (CODECS.has(metadata.codec)) return readColumnPages(source, column, maxBytes)
  const why = `it is compressed with ${metadata.codec}, expected none, snappy, gzip, brotli or zstd: write it again so`
  return all(new LostRows(lostRows(name, 0, numRows, why).detail, numRows, true))
}

/** One value after another of a column; undefined where there is none. */
class ValueReader {
  readonly name: string
  private readonly pages: AsyncGenerator<readonly Value[] | LostRows> | null
  private page: readonly Value[] | LostRows = []
  private at = 0
  /** Rows to be left out that lie beyond the page in hand. */
  private passing = 0
  /** Whether the value is the first that was taken of its page. */
  isNew = false
  private isFresh = false

  constructor(source: ByteSource, column: Column | LostRows | undefined, maxBytes: number) {
    this.name = column === undefined || column instanceof LostRows ? '' : column.name
    this.pages =
      column === undefined ? null : column instanceof LostRows ? all(column) : pagesOf(source, column, maxBytes)
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
      this.isFresh = true
      const { passing } = this
      this.passing = 0
      this.pass(passing)
    }
    const { page, at } = this
    this.at++
    this.isNew = this.isFresh
    this.isFresh = false
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
