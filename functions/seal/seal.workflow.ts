/**
 * The seal as a Workflow: each step writes under keys made of its inputs, so a step that runs again, or a workflow that
 * is started again, ends in the same bytes. The last write is one row of the index.
 */
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers'
import { readBindings, type Bindings } from '../platform/bindings.ts'
import { startNextSeal } from '../platform/hand-on.ts'
import { loadCompaction, modelToSortBy } from '../platform/compactions.ts'
import { removeAll } from '../platform/r2-store.ts'
import { loadSeal, publish, publishCompaction, type SealJob } from '../platform/seals.ts'
import { runCompaction, type RunStep } from './compaction-steps.ts'
import { groupsOf } from './groups.ts'
import { sealPrefix } from './judge.ts'
import { collect, judge, link, plan, register, settle, withdraw, write } from './seal.ts'

export interface SealParams {
  readonly seal: number
}

export class SealWorkflow extends WorkflowEntrypoint<Env, SealParams> {
  override async run(event: Readonly<WorkflowEvent<SealParams>>, step: WorkflowStep): Promise<void> {
    await runSeal(readBindings(this.env), event.payload.seal, (name, work) => step.do(name, work))
  }
}

/** All steps of a seal, or of a compaction among them. A step returns a number, small enough to be kept by the Workflow. */
export async function runSeal(bindings: Bindings, number: number, step: RunStep): Promise<void> {
  const model = await modelToSortBy(bindings, number)
  if (model !== null) {
    await runCompaction(
      () => loadCompaction(bindings, number, model),
      ({ cells }, lines) => publishCompaction(bindings, number, { cells, lines, nowMs: Date.now() }),
      step,
    )
    await startNextSeal(bindings)
    // Behind the publication nobody reads it: who comes late finds the version first.
    await step('tidy', () => removeAll(bindings.corpus, `${sealPrefix(number)}/`))
    return
  }
  const job = (): Promise<SealJob> => loadSeal(bindings, number)
  const chunks = await step('list', async () => (await job()).chunks.length)
  const groups = groupsOf(chunks)
  for (const [i, group] of groups.entries()) {
    await step(`register ${i}`, async () => {
      const { seal, chunks: refs } = await job()
      for (const chunk of refs.slice(...group)) await register(seal, chunk)
      return group[1] - group[0]
    })
  }
  for (const [i, group] of groups.entries()) {
    await step(`link ${i}`, async () => {
      const { seal, chunks: refs } = await job()
      for (const chunk of refs.slice(...group)) await link(seal, chunk)
      return group[1] - group[0]
    })
  }
  await step('settle', async () => {
    const { seal, chunks: refs } = await job()
    return (await settle(seal, refs)).documents
  })
  await step('withdraw', async () => withdraw((await job()).seal))
  for (const [i, group] of groups.entries()) {
    await step(`judge ${i}`, async () => {
      const { seal, chunks: refs } = await job()
      for (const chunk of refs.slice(...group)) await judge(seal, chunk)
      return group[1] - group[0]
    })
  }
  const ranges = await step('plan', async () => {
    const { seal, chunks: refs } = await job()
    return plan(seal, refs)
  })
  for (let i = 0; i < ranges; i++) {
    await step(`write ${i}`, async () => {
      const { seal, chunks: refs } = await job()
      await write(seal, refs, i)
      return i
    })
  }
  await step('publish', async () => {
    const { seal, chunks: refs } = await job()
    return publish(bindings, number, await collect(seal, refs), Date.now())
  })
  await startNextSeal(bindings)
}
