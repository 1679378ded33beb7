/** Rows of a Parquet file, read as any user of hyparquet would. */
import { parquetReadObjects } from 'hyparquet'

export interface StoredRow {
  readonly id: string
  readonly url: string
  readonly source: string
  readonly lang: string
  readonly topic: string
  readonly text: string
  readonly ppl: number | null
  readonly pplTokens: number
  readonly bucket: number | null
  readonly dupClusterSize: number
}

const COLUMNS = ['id', 'url', 'source', 'lang', 'topic', 'text', 'ppl', 'pplTokens', 'bucket', 'dupClusterSize']

export async function readRows(bytes: Uint8Array): Promise<StoredRow[]> {
  const file = bytes.slice().buffer
  return (await parquetReadObjects({ file, columns: COLUMNS })) as unknown as StoredRow[]
}

export const cellOf = ({ source, lang, topic }: StoredRow): string => `${source}/${lang}/${topic}`
