/**
 * The pages of one slice of an object. A slice starts where an earlier one said the next starts (or at 0) and owns what
 * begins before `start + length`: gzip members or zstd frames, or the records or lines of a plain object. It ends at the first member
 * boundary at or after that point at which no record is open, so records may span members and slices of any length give
 * the same pages. Nothing is guessed: the next start is known because everything before it was read.
 * Memory: one window of at most 4 MiB compressed, one decoded piece, one page.
 */
import type { ByteSource } from './byte-source.ts'
import { detectFormat } from './detect-format.ts'
import type { Format } from './detect-format.ts'
import { HtmlParser } from './html-object.ts'
import { NdjsonParser } from './ndjson-parser.ts'
import { readParquet } from './parquet-object.ts'
import { failed, rejected } from './read-event.ts'
import type { ReadEvent, RecordParser } from './read-event.ts'
import { readMembers } from './read-members.ts'
import type { TextColumns } from '../../schema/text-columns.ts'
import { WarcParser, type ReadRecord } from './warc-parser.ts'

export interface SliceOptions {
  readonly start?: number
  readonly length?: number
  /** The URL of an HTML object's one page. */
  readonly objectUrl?: string
  /** Where the text of a Parquet object is. */
  readonly columns?: TextColumns
  /** Known from an earlier slice of the same object; looked up in its first bytes otherwise. */
  readonly format?: Format
  readonly maxPageBytes?: number
  readonly maxMemberBytes?: number
  /** Told of each WARC record that is believed, pages or not: for comparing readers. */
  readonly onRecord?: (record: ReadRecord) => void
}

const OBJECT = { offset: 0, index: 0 }
export const MAX_PAGE_BYTES = 16 << 20
export const MAX_MEMBER_BYTES = 512 << 20

export async function* readSlice(source: ByteSource, options: SliceOptions = {}): AsyncGenerator<ReadEvent> {
  const { start = 0, length = Infinity, maxPageBytes = MAX_PAGE_BYTES, maxMemberBytes = MAX_MEMBER_BYTES } = options
  const format = options.format ?? (await detectFormat(source))
  const end = start + length
  if (format.kind === 'unknown') {
    yield failed(OBJECT, format.code ?? 'unreadable-encoding', format.detail ?? 'unknown format')
    yield { kind: 'end', next: null, others: 0 }
    return
  }
  if (format.kind === 'empty') {
    yield rejected(OBJECT, options.objectUrl ?? null, { code: 'empty' })
    yield { kind: 'end', next: null, others: 0 }
    return
  }
  if (format.kind === 'parquet') {
    yield* readParquet(source, { start, end, maxPageBytes, columns: options.columns ?? {} })
    return
  }
  const { codec } = format
  const isPlain = codec === null
  const limits = {
    start,
    end: isPlain ? end : Infinity,
    size: isPlain ? source.size : Infinity,
    maxPageBytes,
    onRecord: options.onRecord,
  }
  const parser =
    format.kind === 'warc'
      ? new WarcParser(limits)
      : format.kind === 'ndjson'
        ? new NdjsonParser(limits)
        : new HtmlParser({ url: options.objectUrl ?? '', maxPageBytes })
  if (codec === null) yield* readPlain(source, start, parser)
  else yield* readMembers({ source, codec, start, end, parser, maxMemberBytes, isWarc: format.kind === 'warc' })
}

async function* readPlain(source: ByteSource, start: number, parser: RecordParser): AsyncGenerator<ReadEvent> {
  for (let from: number | null = start; from !== null;) {
    for await (const chunk of source.read(from)) {
      parser.push(chunk)
      yield* parser.take()
      if (parser.stoppedAt !== null || parser.rewindTo !== null) break
    }
    if (parser.rewindTo === null) parser.finish()
    yield* parser.take()
    from = parser.rewindTo
    if (from !== null) parser.rewound()
  }
  yield { kind: 'end', next: parser.stoppedAt, others: parser.others }
}
