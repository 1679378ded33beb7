/** The steps of a compaction, in groups that a Workflow keeps apart. */
import { collectCompaction, planCompaction, shardsToSort, sortShard, writeRange, type Compaction } from './compact.ts'
import type { IndexLine } from '../../schema/shard.ts'

export type RunStep = (name: string, work: () => Promise<number>) => Promise<number>

/**
 * `open` is asked in each step anew: a step may run on another machine. It answers null once the compaction is published:
 * who comes late does nothing, whatever of its scratch is gone.
 */
export async function runCompaction(
  open: () => Promise<Compaction | null>,
  publish: (compaction: Compaction, lines: readonly IndexLine[]) => Promise<number>,
  step: RunStep,
): Promise<void> {
  const unlessDone = (name: string, work: (compaction: Compaction) => Promise<number>): Promise<number> =>
    step(name, async () => {
      const compaction = await open()
      return compaction === null ? 0 : work(compaction)
    })
  const shards = await unlessDone('list', async (compaction) => shardsToSort(compaction).length)
  for (let i = 0; i < shards; i++) await unlessDone(`sort ${i}`, (compaction) => sortShard(compaction, i))
  const ranges = await unlessDone('plan', planCompaction)
  for (let i = 0; i < ranges; i++) {
    await unlessDone(`write ${i}`, async (compaction) => {
      await writeRange(compaction, i)
      return i
    })
  }
  await unlessDone('publish', async (compaction) => publish(compaction, await collectCompaction(compaction)))
}
