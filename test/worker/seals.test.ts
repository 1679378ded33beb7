import { beforeAll, describe, expect, it } from 'vitest'
import { addObject, closeBatch, openBatch } from '../../functions/platform/batches.ts'
import { readBindings } from '../../functions/platform/bindings.ts'
import { indexLines } from '../../functions/platform/corpus-index.ts'
import { retryBatch, sealIfRead, sendBatchObjects } from '../../functions/platform/hand-on.ts'
import { runSeal } from '../../functions/seal/seal.workflow.ts'
import { gateWith, type Gate } from './faults.ts'
import { breakAt } from './give-up.ts'
import { articles, beginBatch, storeObject, warcOf } from './pages.ts'
import { deliver, drain, newWorld, runWorkflow, snapshot, type Snapshot, type World } from './world.ts'

const atOnce = <T>(times: number, work: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: times }, work))

async function deliverAll(world: World): Promise<void> {
  for (;;) {
    const message = world.queue.shift()
    if (message === undefined) return
    expect(await deliver(message, world.bindings)).toBe(true)
  }
}

/** Two batches that share two pages. */
async function beginTwo(): Promise<World> {
  const world = await newWorld()
  await beginBatch(world.bindings, 'one', [await storeObject('one.warc.gz', warcOf(articles(4)))])
  await beginBatch(world.bindings, 'two', [await storeObject('two.warc.gz', warcOf(articles(4, { from: 2 })))])
  return world
}

describe('seals', () => {
  let undisturbed: Snapshot

  beforeAll(async () => {
    const world = await beginTwo()
    expect(await drain(world)).toBe(true)
    undisturbed = await snapshot()
  })

  it('are numbered as batches are read, and each version has the one before as its parent', () => {
    const { seals, index_versions } = undisturbed.rows
    expect(seals).toMatchObject([
      { number: 1, batch: 'one', candidates: 4, duplicates: 0 },
      { number: 2, batch: 'two', candidates: 4, duplicates: 2 },
    ])
    expect(index_versions).toEqual([
      { version: 1, parent: 0, seal: 1 },
      { version: 2, parent: 1, seal: 2 },
    ])
  })

  it('run one after another', async () => {
    const world = await beginTwo()
    await deliverAll(world)
    expect([...world.workflows.keys()]).toEqual([1])
    expect(await runWorkflow(world, 1)).toBe(true)
    expect([...world.workflows.keys()]).toEqual([1, 2])
    expect(await runWorkflow(world, 2)).toBe(true)
    expect(await snapshot()).toEqual(undisturbed)
  })

  it.each([2, 4])('are the same when %i engines run each at once', async (engines) => {
    const world = await beginTwo()
    await deliverAll(world)
    for (const number of [1, 2]) await atOnce(engines, () => runSeal(world.bindings, number, (_, work) => work()))
    expect(await snapshot()).toEqual(undisturbed)
  })

  it('are numbered once each when many ask for them at once', async () => {
    const world = await beginTwo()
    const messages = world.queue.splice(0)
    for (const message of messages) await deliver(message, world.bindings)
    await atOnce(4, () => Promise.all(['one', 'two'].map((batch) => sealIfRead(world.bindings, batch, Date.now()))))
    expect((await snapshot()).rows['seals']).toMatchObject([{ number: 1 }, { number: 2 }])
    expect([...world.workflows.keys()]).toEqual([1])
  })

  it('show all their shards when they are given up as they are published, and then get a new number', async () => {
    const world = await newWorld()
    await beginBatch(world.bindings, 'one', [await storeObject('one.warc.gz', warcOf(articles(4)))])
    await deliverAll(world)
    await breakAt(world, 1, 'D1 transaction')
    expect((await snapshot()).rows['seals']).toMatchObject([{ number: 1, state: 'given-up' }])
    await retryBatch(world.bindings, 'one')
    expect(await drain(world)).toBe(true)
    const lines = await indexLines(world.bindings, 1)
    expect(lines.reduce((sum, { rows }) => sum + rows, 0)).toBe(4)
    expect(new Set(lines.map(({ seal }) => seal))).toEqual(new Set([2]))
  })

  it('publish an empty batch as a version without shards', async () => {
    const world = await newWorld()
    await beginBatch(world.bindings, 'empty', [])
    await sealIfRead(world.bindings, 'empty', Date.now())
    await drain(world)
    const { rows } = await snapshot()
    expect(rows['seals']).toMatchObject([{ state: 'published', candidates: 0, kept: 0 }])
    expect(rows['shards']).toEqual([])
    expect(rows['index_versions']).toHaveLength(1)
  })
})

describe('a batch that is closed while its last slice is read', () => {
  const begin = async (): Promise<World> => {
    const world = await newWorld()
    const object = await storeObject('only.warc.gz', warcOf(articles(3)))
    await openBatch(world.bindings, { id: 'b', kind: 'manual', owner: 'test', source: 'web', lang: '' }, Date.now())
    await addObject(world.bindings, 'b', object, Date.now())
    await sendBatchObjects(world.bindings, 'b')
    return world
  }
  const close = async ({ bindings }: World): Promise<void> => {
    await closeBatch(bindings, 'b', Date.now())
    await sealIfRead(bindings, 'b', Date.now())
  }

  it.each([1, 2, 3])('is sealed once when it is closed before write %i', async (at) => {
    const world = await begin()
    const inner = gateWith()
    const gate: Gate = {
      ...inner,
      async write(name, work) {
        const done = await inner.write(name, async () => {
          if (inner.writes.length === at) await close(world)
          return work()
        })
        return done
      },
    }
    await drain(world, { bindings: readBindings(world.through(gate)) })
    if (inner.writes.length < at) await close(world)
    await drain(world)
    const { rows } = await snapshot()
    expect(rows['batches']).toMatchObject([{ id: 'b', state: 'sealed' }])
    expect(rows['seals']).toMatchObject([{ number: 1, state: 'published', candidates: 3 }])
  })
})
