/**
 * A new perplexity model over a corpus that is there: each shard's text is read once, and its scores go to a file beside
 * it. One row group of text in memory, and ten bytes a row.
 */
import type { IndexLine, ShardScores } from '../schema/shard.ts'
import { bucketOf } from './perplexity/bucket.ts'
import type { NgramModel } from './perplexity/ngram-model.ts'
import { scorePerplexity } from './perplexity/score.ts'
import { openParquet } from './seal/parquet-file.ts'
import type { BlobStore } from './seal/ports.ts'
import { findScores, writeScores, type ScoredRow } from './seal/scores-file.ts'

/** Scores by the model, which are there already or are made. Throws where the shard is of another language. */
export async function rescoreShard(
  store: BlobStore,
  line: Pick<IndexLine, 'shard' | 'sha256' | 'rows' | 'cell'>,
  model: NgramModel,
): Promise<ShardScores> {
  const [, lang] = line.cell.split('/')
  if (lang !== model.lang) throw new Error(`${model.id} scores ${model.lang}, but ${line.shard} is of ${line.cell}`)
  const found = await findScores(store, line, model.id)
  if (found !== null) return found
  const file = await openParquet(store, line.shard)
  const rows: ScoredRow[] = []
  for (const [i, start] of file.groupStarts.entries()) {
    for (const row of await file.read(start, file.groupStarts[i + 1] ?? start, ['text', 'bytes'])) {
      const { ppl, tokens } = scorePerplexity(model, String(row['text']))
      const bucket = ppl === null ? null : bucketOf(ppl)
      rows.push({ ppl, pplTokens: tokens, bucket, bytes: Number(row['bytes']) })
    }
  }
  return writeScores(store, line, { pplModel: model.id, rows })
}
