/**
 * Pages out of a Parquet file with a text column, as books, encyclopedias, code and papers come. A slice owns the row
 * groups that begin in it; a row is named by its group's offset and its number in the group. Text is main text already.
 * Memory: the footer, and one page of each column that is read, whatever the size of a row group.
 */
import type { FileMetaData, RowGroup } from 'hyparquet'
import type { ByteSource } from './byte-source.ts'
import { columnStart, LostRows, lostRows, type Column } from './parquet-column.ts'
import { readFooter, Unreadable } from './parquet-footer.ts'
import { chooseColumns, type ChosenColumns, type Paths, type Use } from './parquet-names.ts'
import { readGroup, type Group } from './parquet-rows.ts'
import { failed } from './read-event.ts'
import type { ReadEvent } from './read-event.ts'
import type { TextColumns } from '../../schema/text-columns.ts'

export interface ParquetOptions {
  readonly start: number
  readonly end: number
  readonly maxPageBytes: number
  readonly columns: TextColumns
}

const FILE = { offset: 0, index: 0 }

export async function* readParquet(source: ByteSource, options: ParquetOptions): AsyncGenerator<ReadEvent> {
  let file: ChosenColumns & { groups: Group[] }
  try {
    const { metadata, root } = await readFooter(source)
    const chosen = chooseColumns(root, options.columns)
    const notes = [...chosen.ignored, ...miscount(metadata)]
    file = { paths: chosen.paths, ignored: notes, groups: rowGroups(metadata, chosen.paths, source.size) }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    yield failed(FILE, 'unreadable-encoding', error.message)
    yield { kind: 'end', next: null, others: 0 }
    return
  }
  if (options.start === 0) for (const sentence of file.ignored) yield failed(FILE, 'unreadable-encoding', sentence)
  for (const group of file.groups) {
    if (group.offset < options.start) continue
    if (group.offset >= options.end) {
      yield { kind: 'end', next: group.offset, others: 0 }
      return
    }
    yield* readGroup(source, group, options.maxPageBytes)
  }
  yield { kind: 'end', next: null, others: 0 }
}

/** A footer that contradicts itself has lost rows, and nothing tells which. */
function miscount({ num_rows: rows, row_groups: groups }: FileMetaData): string[] {
  const sum = groups.reduce((all, group) => all + group.num_rows, 0n)
  if (sum === rows) return []
  return [`the footer of the Parquet file has ${rows} rows in all and ${sum} in its row groups: it is damaged`]
}

/** Row groups by where they begin in the file. */
function rowGroups(metadata: FileMetaData, paths: Paths, size: number): Group[] {
  const groups = metadata.row_groups.map((group): Group => {
    const columns: Partial<Record<Use, Column | LostRows>> = {}
    for (const use of Object.keys(paths) as Use[]) columns[use] = columnOf(group, paths[use] ?? [], size)
    const starts = group.columns.flatMap(({ meta_data: about }) => (about === undefined ? [] : [columnStart(about)]))
    const known = starts.filter((start) => start >= 0 && start < size)
    return { offset: known.length === 0 ? 0 : Math.min(...known), numRows: Number(group.num_rows), columns }
  })
  return groups.filter(({ numRows }) => numRows > 0).sort((a, b) => a.offset - b.offset)
}

function columnOf(group: RowGroup, schemaPath: Column['schemaPath'], size: number): Column | LostRows {
  const name = schemaPath.at(-1)?.element.name ?? ''
  const numRows = Number(group.num_rows)
  const chunk = group.columns.find(({ meta_data: about }) => {
    const path = about?.path_in_schema ?? []
    return path.length === 1 && path[0] === name
  })
  const lost = (why: string): LostRows => lostRows(name, 0, numRows, why)
  if (chunk?.meta_data === undefined) return lost('the footer names no place of it: the file is damaged or encrypted')
  const { meta_data: about, file_path: file = '' } = chunk
  if (file !== '') return lost(`it lies in another file, ${file}: give that file, not a summary of it`)
  const [start, length] = [columnStart(about), Number(about.total_compressed_size)]
  if (!(start >= 0 && length >= 0 && start + length <= size)) {
    const place = `${length} bytes at ${start}, the file has ${size}`
    return lost(`the footer has it in ${place}: the file is damaged or cut`)
  }
  const [offset, indexLength] = [Number(chunk.offset_index_offset), Number(chunk.offset_index_length)]
  const index = offset > 0 && indexLength > 0 && offset < size ? { offset, length: indexLength } : null
  return { name, schemaPath, metadata: about, numRows, index }
}
