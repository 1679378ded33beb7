import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { consumeDeadSlices, consumeSlices, retryDelay } from '../../functions/ingest/slices.queue.ts'
import { readBindings } from '../../functions/platform/bindings.ts'
import type { SliceMessage } from '../../schema/messages.ts'
import { joined } from '../unit/read/warc-fixture.ts'
import { call, keyWith } from './client.ts'
import { gateWith } from './faults.ts'
import { articles, beginBatch, emptyPage, members, nearCopyOf, storeObject } from './pages.ts'
import { deliver, drain, newWorld, snapshot, type Snapshot, type World } from './world.ts'

/** An object of five slices and one of three; they share a page, and have two that are much alike. */
async function begin(): Promise<World> {
  const world = await newWorld({ SLICE_BYTES: '1' })
  const five = articles(5)
  const pages = members([...five, ...five.slice(0, 1).map((article) => nearCopyOf(article))])
  const first = joined(...pages.slice(0, 4), emptyPage('https://empty.example/'))
  const objects = [await storeObject('1.warc.gz', first), await storeObject('2.warc.gz', joined(...pages.slice(3)))]
  await beginBatch(world.bindings, 'batch', objects)
  return world
}

describe('delivery of slices', () => {
  let undisturbed: Snapshot
  /** Every slice there is. */
  let slices: SliceMessage[]

  beforeAll(async () => {
    const world = await begin()
    expect(await drain(world)).toBe(true)
    undisturbed = await snapshot()
    slices = (undisturbed.rows['slices'] ?? []).map(({ object, start }) => ({
      v: 1,
      batch: 'batch',
      object: String(object),
      start: Number(start),
    }))
    expect(slices).toHaveLength(8)
    expect(undisturbed.rows['seals']).toMatchObject([{ candidates: 7, duplicates: 1, near_duplicates: 1 }])
  })

  it('changes nothing when every message comes twice', async () => {
    const world = await begin()
    expect(await drain(world, { copies: 2 })).toBe(true)
    expect(await snapshot()).toEqual(undisturbed)
  })

  it('changes nothing when a sealed batch hears of its slices again', async () => {
    const world = await begin()
    await drain(world)
    for (const message of slices) expect(await deliver(message, world.bindings)).toBe(true)
    await drain(world)
    expect(await snapshot()).toEqual(undisturbed)
  })

  it.each([2, 4])('changes nothing when %i consumers read the same slice at once', async (consumers) => {
    const world = await begin()
    while (world.queue.length > 0) {
      const message = world.queue.shift()
      await Promise.all(Array.from({ length: consumers }, () => deliver(message, world.bindings)))
      // Each may have handed the next slice on; twice is enough to try.
      world.queue.splice(0, world.queue.length, ...distinct(world.queue))
    }
    await drain(world)
    expect(await snapshot()).toEqual(undisturbed)
  })

  it.each([2, 4])('changes nothing when %i consumers read each slice beside its neighbours', async (consumers) => {
    const world = await begin()
    const all = slices.flatMap((message) => Array.from({ length: consumers }, () => message))
    await Promise.all(all.map((message) => deliver(message, world.bindings)))
    await drain(world)
    expect(await snapshot()).toEqual(undisturbed)
  })

  it('changes nothing in whatever order slices come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...slices, ...slices]), async (messages) => {
        const world = await begin()
        for (const message of messages) await deliver(message, world.bindings)
        await drain(world)
        expect(await snapshot()).toEqual(undisturbed)
      }),
      { numRuns: 4, seed: 1 },
    )
  })

  it('parks what is no message, and names a slice of an object that it does not know', async () => {
    const world = await newWorld()
    expect(await deliver({ v: 2, hello: 'there' }, world.bindings)).toBe(true)
    expect(await deliver({ v: 1, batch: 'none', object: 'none', start: 0 }, world.bindings)).toBe(true)
    expect((await snapshot()).rows['parked']).toMatchObject([
      { batch: '', cause: expect.stringContaining('v') as string },
      { batch: 'none', cause: 'the index has no such batch and object' },
    ])
  })
})

describe('a slice that fails', () => {
  it('is asked for again, alone, and costs nothing once the fault is gone', async () => {
    const world = await begin()
    const messages = world.queue.splice(0)
    const shaken = readBindings(world.through(gateWith('refused', 1)))
    const batch = createMessageBatch(
      'millrace-slices',
      [messages[0], { not: 'a slice' }, messages[1]].map((body, i) => ({
        id: `m${i}`,
        timestamp: new Date(0),
        attempts: 1,
        body,
      })),
    )
    await consumeSlices(batch, shaken)
    const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext())
    expect(retryMessages.map(({ msgId }) => msgId)).toEqual(['m0'])
    expect(explicitAcks).toEqual(['m1', 'm2'])
    if (messages[0] !== undefined) world.queue.push(messages[0])
    await drain(world)
    expect((await snapshot()).rows['batches']).toMatchObject([{ state: 'sealed' }])
  })

  it.each([
    [1, 2],
    [2, 4],
    [8, 256],
    [9, 300],
    [100, 300],
  ])('waits longer after each of %i attempts, %i s', (attempts, seconds) => {
    expect(retryDelay(attempts)).toBe(seconds)
  })

  it('is shown by its batch when every attempt failed', async () => {
    const world = await begin()
    const [message] = world.queue.splice(0)
    const twice = [1, 2].map((id) => ({ id: `m${id}`, timestamp: new Date(0), attempts: 6, body: message }))
    const batch = createMessageBatch('millrace-slices-dead', twice)
    await consumeDeadSlices(batch, world.bindings)
    expect((await getQueueResult(batch, createExecutionContext())).explicitAcks).toEqual(['m1', 'm2'])
    const { body } = await call(world, '/v1/batches/batch', { key: await keyWith('read') })
    expect(body).toMatchObject({ state: 'closed', parked: [{ message: JSON.stringify(message) }] })
    expect(body['parked']).toHaveLength(1)
  })
})

const distinct = (messages: readonly SliceMessage[]): SliceMessage[] => [
  ...new Map(messages.map((message) => [JSON.stringify(message), message])).values(),
]
