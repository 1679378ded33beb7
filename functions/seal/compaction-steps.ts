/** The steps of a compaction, in groups that a Workflow keeps apart. */
import { collectCompaction, planCompaction, shardsToSort, sortShard, writeRange, type Compaction } from './compact.ts'
import type { IndexLine } from '../../schema/shard.ts'

export type RunStep = (name: string, work: () => Promise<number>) => Promise<number>

/** `open` is asked in each step anew: a step may run on another machine. */
export async function runCompaction(
  open: () => Promise<Compaction>,
  publish: (lines: readonly IndexLine[]) => Promise<number>,
  step: RunStep,
): Promise<void> {
  const shards = await step('list', async () => shardsToSort(await open()).length)
  for (let i = 0; i < shards; i++) await step(`sort ${i}`, async () => sortShard(await open(), i))
  const ranges = await step('plan', async () => planCompaction(await open()))
  for (let i = 0; i < ranges; i++) {
    await step(`write ${i}`, async () => {
      await writeRange(await open(), i)
      return i
    })
  }
  await step('publish', async () => publish(await collectCompaction(await open())))
}
