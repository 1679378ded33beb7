/**
 * Rows to Parquet bytes and back, one row group in memory at a time.
 *
 * An isolate has 128 MB. While a row group is encoded there are its rows (1x), their column copies (1x) and the output,
 * which doubles as it grows (2x): 4x in all. A merge also holds one group of each of 32 runs. With 1 MiB of text a
 * group in shards that is 4 MiB, and with 256 KiB in chunks 32 x 256 KiB x 2 = 16 MiB, beside models (24).
 */
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type FileMetaData } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { fromRaw, ROW_COLUMNS, rowSchema, toColumns, type Columns, type RawRow, type Row } from './row-schema.ts'
import type { BlobStore, Upload } from './ports.ts'

export const SHARD_GROUP_BYTES = 1024 * 1024
export const CHUNK_GROUP_BYTES = 256 * 1024

export interface RowSink {
  /** Starts a new row group before `row` when the open one is full or `split` is set. */
  add(row: Row, split?: boolean): Promise<void>
  /** Writes the footer with these key-values; the object becomes visible. */
  finish(metadata: Readonly<Record<string, string>>): Promise<{ bytes: number }>
}

export interface ParquetOptions extends Columns {
  readonly groupBytes: number
  /** Sees the file's bytes in order, to hash them. */
  readonly onBytes?: (bytes: Uint8Array) => void
}

export function writeParquet(upload: Upload, { groupBytes, onBytes, ...columns }: ParquetOptions): RowSink {
  const writer = new ByteWriter(64 * 1024)
  const parquet = new ParquetWriter({ writer, schema: rowSchema(columns), createdBy: 'millrace' })
  let group: Row[] = []
  let size = 0

  const drain = async (): Promise<void> => {
    const bytes = writer.getBytes()
    onBytes?.(bytes)
    await upload.write(bytes)
    writer.index = 0
  }
  const flush = async (): Promise<void> => {
    if (group.length === 0) return
    await parquet.write({ columnData: toColumns(group, columns), rowGroupSize: group.length })
    group = []
    size = 0
    await drain()
  }
  return {
    async add(row, split = false) {
      if (split || size >= groupBytes) await flush()
      group.push(row)
      size += row.bytes
    },
    async finish(metadata) {
      await flush()
      parquet.kvMetadata = Object.entries(metadata).map(([key, value]) => ({ key, value }))
      await parquet.finish()
      await drain()
      await upload.finish()
      return { bytes: writer.offset }
    },
  }
}

export interface ParquetFile {
  readonly rows: number
  readonly metadata: Readonly<Record<string, string>>
  /** First row of every row group, and the number of rows at the end. */
  readonly groupStarts: readonly number[]
  read(rowStart: number, rowEnd: number, columns?: readonly string[]): Promise<RawRow[]>
}

/** Opens a file of `store` by its footer. Throws when it is missing: what the ledger names must be there. */
export async function openParquet(store: BlobStore, key: string): Promise<ParquetFile> {
  const byteLength = await store.size(key)
  if (byteLength === null) throw new Error(`${key} is not there, but the index names it: deleted or moved`)
  const file: AsyncBuffer = {
    byteLength,
    slice: async (start, end = byteLength) => {
      const bytes = await store.range(key, start, end)
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    },
  }
  return parquetFile(file)
}

/**
 * The same with all its bytes in hand, for chunks, of which all rows are wanted: a chunk is a few MB, and one request
 * where reading columns takes several for each of its row groups.
 */
export async function loadParquet(store: BlobStore, key: string): Promise<ParquetFile> {
  const bytes = await store.get(key)
  if (bytes === null) throw new Error(`${key} is not there, but the index names it: deleted or moved`)
  return readParquet(bytes)
}

/** A file whose bytes are in hand. */
export function readParquet(bytes: Uint8Array): Promise<ParquetFile> {
  const slice = (start: number, end?: number): ArrayBuffer => new Uint8Array(bytes.subarray(start, end)).buffer
  return parquetFile({ byteLength: bytes.length, slice })
}

async function parquetFile(file: AsyncBuffer): Promise<ParquetFile> {
  const metadata: FileMetaData = await parquetMetadataAsync(file)
  const groupStarts = [0]
  for (const group of metadata.row_groups) groupStarts.push((groupStarts.at(-1) ?? 0) + Number(group.num_rows))
  return {
    rows: Number(metadata.num_rows),
    metadata: Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key: k, value }) => [k, value ?? ''])),
    groupStarts,
    read: (rowStart, rowEnd, columns) =>
      parquetReadObjects({ file, metadata, rowStart, rowEnd, ...(columns ? { columns: [...columns] } : {}) }),
  }
}

/** Rows [rowStart, rowEnd) in order, without a chunk's bands, one row group at a time. */
export async function* rowsOf(
  file: ParquetFile,
  rowStart: number,
  rowEnd: number,
  columns = ROW_COLUMNS,
): AsyncGenerator<Row> {
  for (const [i, groupStart] of file.groupStarts.entries()) {
    const groupEnd = file.groupStarts[i + 1] ?? groupStart
    const from = Math.max(rowStart, groupStart)
    const to = Math.min(rowEnd, groupEnd)
    if (from >= to) continue
    for (const raw of await file.read(from, to, columns)) yield fromRaw(raw)
  }
}
