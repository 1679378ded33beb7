/**
 * What a compaction's shards say of themselves, out of the shards that they take the place of: names of models as one list,
 * other values apart by a bar where they differ.
 */
import { createHash } from 'node:crypto'
import type { IndexLine } from '../../schema/shard.ts'
import type { ShardSettings } from './merge.ts'
import { openParquet } from './parquet-file.ts'
import type { BlobStore } from './ports.ts'
import { signalsOf } from './sort-shard.ts'

export type InheritedSettings = Omit<ShardSettings, 'seal'>

/** Values that are names apart by spaces. */
const LISTS = new Set(['millrace.topic-models', 'millrace.ngram-models'])

/** What a merge writes of its own, and what holds of one shard alone. */
const OWN_KEYS = new Set(['millrace.cell', 'millrace.cuts', 'millrace.histogram'])

/** Throws where the shards have different seeds. */
export async function inheritedSettings(
  store: BlobStore,
  lines: readonly IndexLine[],
  pplModel: string,
): Promise<InheritedSettings> {
  const values = new Map<string, Set<string>>()
  const signals = new Set<string>()
  for (const { shard } of lines) {
    const file = await openParquet(store, shard)
    for (const [key, value] of Object.entries(file.metadata)) {
      if (!key.startsWith('millrace.') || OWN_KEYS.has(key)) continue
      const known = values.get(key) ?? new Set<string>()
      values.set(key, known)
      for (const part of LISTS.has(key) ? value.split(' ') : [value]) known.add(part)
    }
    for (const name of await signalsOf(file)) signals.add(name)
  }
  values.get('millrace.ngram-models')?.add(pplModel)
  const joined = (key: string): string => [...(values.get(key) ?? [])].sort().join(LISTS.has(key) ? ' ' : ' | ')
  const seed = Number(joined('millrace.seed'))
  if (!Number.isInteger(seed))
    throw new Error(`shards of one cell have the seeds ${joined('millrace.seed')}, expected one`)
  const provenance = Object.fromEntries([...values.keys()].sort().map((key) => [key, joined(key)]))
  const inputs = lines.map((line) => [line.sha256, ...(line.withdrawn ?? []).map(([row]) => row)].join(' '))
  const identity = createHash('sha256')
    .update([pplModel, ...inputs.sort()].join('\n'))
    .digest('hex')
  return { seed, pipeline: joined('millrace.pipeline'), signals: [...signals], objectIds: [identity], provenance }
}
