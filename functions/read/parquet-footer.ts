/** The footer of a Parquet file, or what is wrong with it: found, expected, and what may have happened. */
import { parquetMetadata, parquetSchema, type FileMetaData, type SchemaTree } from 'hyparquet'
import { ByteWindow } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'

/** The length of the footer and `PAR1`. */
const TAIL_BYTES = 8
const MAX_FOOTER_BYTES = 16 << 20

/** What is wrong with the file as a whole. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

export interface Footer {
  readonly metadata: FileMetaData
  readonly root: SchemaTree
}

async function lastBytes(source: ByteSource, length: number): Promise<Uint8Array> {
  const window = new ByteWindow(source, Math.max(0, source.size - length))
  try {
    await window.fill(length)
    return window.unread.slice(0, length)
  } finally {
    await window.close()
  }
}

export async function readFooter(source: ByteSource): Promise<Footer> {
  const { size } = source
  const tail = await lastBytes(source, TAIL_BYTES)
  const magic = tail.length < TAIL_BYTES ? '' : String.fromCharCode(...tail.subarray(4))
  if (magic === 'PARE') throw new Unreadable('the Parquet file has an encrypted footer, which is not read')
  if (magic !== 'PAR1')
    throw new Unreadable('the Parquet file does not end with PAR1: it was cut off, or its writer never closed it')
  const length = new DataView(tail.buffer).getUint32(0, true)
  if (length === 0)
    throw new Unreadable(
      'the footer of the Parquet file should have 0 bytes, and a schema takes some: the file was never completed, or is damaged',
    )
  if (length > Math.min(MAX_FOOTER_BYTES, size - TAIL_BYTES)) {
    const most = `at most ${MAX_FOOTER_BYTES} and the file's own size are possible`
    throw new Unreadable(`the footer of the Parquet file should have ${length} bytes, ${most}: it is damaged`)
  }
  const bytes = await lastBytes(source, length + TAIL_BYTES)
  try {
    const metadata = parquetMetadata(bytes)
    const root = parquetSchema(metadata)
    checkGroups(metadata)
    return { metadata, root }
  } catch (error) {
    const found = Buffer.from(bytes.subarray(0, Math.min(8, length))).toString('hex')
    throw new Unreadable(
      `the footer of the Parquet file, ${length} bytes from byte ${size - length - TAIL_BYTES} on, begins with ${found} ` +
        'and is no description of a schema and row groups: the file is damaged',
      { cause: error },
    )
  }
}

/** Nothing checks a footer's bytes: what is read of them must at least be numbers that may be. */
function checkGroups({ row_groups: groups }: FileMetaData): void {
  for (const { num_rows: rows } of groups)
    if (typeof rows !== 'bigint' || rows < 0n) throw new Error('a row group has no number of rows')
}
