/** The Parquet columns of chunks and shards (docs/formats/shard.md), and the way between rows and columns. */
import type { SchemaElement } from 'hyparquet'
import type { ColumnSource } from 'hyparquet-writer'
import type { Source } from '../../schema/shard.ts'
import type { Candidate } from '../page.ts'

/** A row as it is written: a candidate, and in a shard the number of documents that shared its id. */
export interface Row extends Candidate {
  readonly dupClusterSize: number
}

type Field = Exclude<keyof Row, 'quality'>
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
const DISTINCT = new Set<string>(['id', 'url', 'text'])

/** Schema with one optional double per quality signal, in the order given. */
export function rowSchema(signals: readonly string[]): SchemaElement[] {
  return [
    { name: 'root', num_children: FIELDS.length + 1 },
    ...FIELDS.map(([name, kind, presence]): SchemaElement => ({
      name,
      ...PHYSICAL[kind],
      repetition_type: presence === 'required' ? 'REQUIRED' : 'OPTIONAL',
    })),
    { name: 'quality', repetition_type: 'REQUIRED', num_children: signals.length },
    ...signals.map((name): SchemaElement => ({ name, type: 'DOUBLE', repetition_type: 'OPTIONAL' })),
  ]
}

export function toColumns(rows: readonly Row[]): ColumnSource[] {
  const columns: ColumnSource[] = FIELDS.map(([name, kind]) => ({
    name,
    data: rows.map((row) => (kind === 'long' ? BigInt(row[name] ?? 0) : row[name])),
    ...(DISTINCT.has(name) ? { encoding: 'PLAIN' as const, statistics: false } : {}),
  }))
  columns.push({ name: 'quality', data: rows.map((row) => row.quality) })
  return columns
}

/** A row as hyparquet returns it. */
export type RawRow = Record<string, unknown>

export function fromRaw(raw: RawRow): Row {
  const text = (name: Field): string => raw[name] as string
  const number = (name: Field): number => Number(raw[name])
  const optional = (name: Field): number | null => (raw[name] == null ? null : Number(raw[name]))
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
    pplModel: (raw['pplModel'] as string | null | undefined) ?? null,
    bucket: optional('bucket'),
    quality: raw['quality'] as Record<string, number>,
    dupClusterSize: number('dupClusterSize'),
    fetchedAt: (raw['fetchedAt'] as string | null | undefined) ?? null,
    canonicalUrl: (raw['canonicalUrl'] as string | null | undefined) ?? null,
    licence: (raw['licence'] as string | null | undefined) ?? null,
    optOut: (raw['optOut'] as string | null | undefined) ?? null,
    objectId: text('objectId'),
    recordOffset: number('recordOffset'),
    recordIndex: number('recordIndex'),
  }
}
