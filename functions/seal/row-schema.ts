/** The Parquet columns of chunks and shards (docs/formats/shard.md), and the way between rows and columns. */
import type { SchemaElement } from 'hyparquet'
import type { ColumnSource } from 'hyparquet-writer'
import type { Source } from '../../schema/shard.ts'
import { SIGNATURE_BYTES } from '../kernel/bands.ts'
import type { Candidate } from '../page.ts'

/** A row as it is written: a candidate, and in a shard the number of documents that it stands for, itself among them. */
export interface Row extends Omit<Candidate, 'bands'> {
  readonly dupClusterSize: number
  /** In chunks: what the seal finds near duplicates by. Shards do without. */
  readonly bands?: Uint8Array | null
  /** In runs of a compaction: scores by other models, by model. Shards have them in files beside. */
  readonly others?: Readonly<Record<string, RowScore>>
}

/** What one model says of a row. */
export type RowScore = Pick<Row, 'ppl' | 'pplTokens' | 'bucket'>

type Field = Exclude<keyof Row, 'quality' | 'bands' | 'others'>
type Kind = 'string' | 'int' | 'long' | 'double'

const FIELDS: readonly (readonly [Field, Kind, 'required' | 'nullable'])[] = [
  ['id', 'string', 'required'],
  ['url', 'string', 'required'],
  ['source', 'string', 'required'],
  ['lang', 'string', 'required'],
  ['langScore', 'double', 'required'],
  ['topic', 'string', 'required'],
  ['topicScore', 'double', 'nullable'],
  ['text', 'string', 'required'],
  ['chars', 'int', 'required'],
  ['bytes', 'int', 'required'],
  ['ppl', 'double', 'nullable'],
  ['pplTokens', 'int', 'required'],
  ['pplModel', 'string', 'nullable'],
  ['bucket', 'int', 'nullable'],
  ['dupClusterSize', 'int', 'required'],
  ['fetchedAt', 'string', 'nullable'],
  ['title', 'string', 'nullable'],
  ['author', 'string', 'nullable'],
  ['date', 'string', 'nullable'],
  ['pageType', 'string', 'nullable'],
  ['declaredLang', 'string', 'nullable'],
  ['canonicalUrl', 'string', 'nullable'],
  ['licence', 'string', 'nullable'],
  ['optOut', 'string', 'nullable'],
  ['objectId', 'string', 'required'],
  ['recordOffset', 'long', 'required'],
  ['recordIndex', 'int', 'required'],
]

const PHYSICAL = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  int: { type: 'INT32' },
  long: { type: 'INT64' },
  double: { type: 'DOUBLE' },
} as const satisfies Record<Kind, Pick<SchemaElement, 'type' | 'converted_type'>>

/** Columns whose values differ from row to row: looking for a dictionary in them is wasted time. */
const DISTINCT = new Set<string>(['id', 'url', 'title', 'text'])

const BANDS = {
  name: 'bands',
  type: 'FIXED_LEN_BYTE_ARRAY',
  type_length: SIGNATURE_BYTES,
  repetition_type: 'OPTIONAL',
} as const satisfies SchemaElement

const OTHERS = { name: 'others', ...PHYSICAL.string, repetition_type: 'REQUIRED' } as const satisfies SchemaElement

export interface Columns {
  readonly signals: readonly string[]
  /** Whether there is a column of MinHash bands. */
  readonly bands?: boolean
  /** Whether there is a column of scores by other models, JSON. */
  readonly others?: boolean
}

/** Schema with one optional double per quality signal, in the order given. */
export function rowSchema({ signals, bands = false, others = false }: Columns): SchemaElement[] {
  return [
    { name: 'root', num_children: FIELDS.length + 1 + Number(bands) + Number(others) },
    ...FIELDS.map(([name, kind, presence]): SchemaElement => ({
      name,
      ...PHYSICAL[kind],
      repetition_type: presence === 'required' ? 'REQUIRED' : 'OPTIONAL',
    })),
    ...(bands ? [BANDS] : []),
    ...(others ? [OTHERS] : []),
    { name: 'quality', repetition_type: 'REQUIRED', num_children: signals.length },
    ...signals.map((name): SchemaElement => ({ name, type: 'DOUBLE', repetition_type: 'OPTIONAL' })),
  ]
}

export function toColumns(
  rows: readonly Row[],
  { bands = false, others = false }: Omit<Columns, 'signals'> = {},
): ColumnSource[] {
  const columns: ColumnSource[] = FIELDS.map(([name, kind]) => ({
    name,
    data: rows.map((row) => (kind === 'long' ? BigInt(row[name] ?? 0) : row[name])),
    ...(DISTINCT.has(name) ? { encoding: 'PLAIN' as const, statistics: false } : {}),
  }))
  if (bands) {
    const data = rows.map((row) => row.bands ?? null)
    columns.push({ name: BANDS.name, data, encoding: 'PLAIN', statistics: false })
  }
  if (others) {
    const data = rows.map((row) => JSON.stringify(row.others ?? {}))
    columns.push({ name: OTHERS.name, data, encoding: 'PLAIN', statistics: false })
  }
  columns.push({ name: 'quality', data: rows.map((row) => row.quality) })
  return columns
}

/** Columns of a row in a shard. */
export const ROW_COLUMNS: readonly string[] = [...FIELDS.map(([name]) => name), 'quality']
/** The same in a run of a compaction. */
export const RUN_COLUMNS: readonly string[] = [...ROW_COLUMNS, OTHERS.name]

/** A row as hyparquet returns it. */
export type RawRow = Record<string, unknown>

export function fromRaw(raw: RawRow): Row {
  const text = (name: Field): string => raw[name] as string
  const number = (name: Field): number => Number(raw[name])
  const optional = (name: Field): number | null => (raw[name] == null ? null : Number(raw[name]))
  const nullable = (name: Field): string | null => (raw[name] as string | null | undefined) ?? null
  return {
    id: text('id'),
    url: text('url'),
    source: text('source') as Source,
    lang: text('lang'),
    langScore: number('langScore'),
    topic: text('topic'),
    topicScore: optional('topicScore'),
    text: text('text'),
    chars: number('chars'),
    bytes: number('bytes'),
    ppl: optional('ppl'),
    pplTokens: number('pplTokens'),
    pplModel: nullable('pplModel'),
    bucket: optional('bucket'),
    quality: raw['quality'] as Record<string, number>,
    dupClusterSize: number('dupClusterSize'),
    fetchedAt: nullable('fetchedAt'),
    title: nullable('title'),
    author: nullable('author'),
    date: nullable('date'),
    pageType: nullable('pageType'),
    declaredLang: nullable('declaredLang'),
    canonicalUrl: nullable('canonicalUrl'),
    licence: nullable('licence'),
    optOut: nullable('optOut'),
    objectId: text('objectId'),
    recordOffset: number('recordOffset'),
    recordIndex: number('recordIndex'),
    ...(raw['others'] === undefined
      ? {}
      : { others: JSON.parse(raw['others'] as string) as NonNullable<Row['others']> }),
  }
}
