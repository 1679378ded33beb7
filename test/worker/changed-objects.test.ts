import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readBindings } from '../../functions/platform/bindings.ts'
import { progressOf } from '../../functions/platform/ledger.ts'
import { gateWith } from './faults.ts'
import { articles, beginBatch, storeObject, warcOf } from './pages.ts'
import { deliver, drain, newWorld, snapshot, type World } from './world.ts'

const pages = articles(6)

async function begin(sliceBytes: number): Promise<World> {
  const world = await newWorld({ SLICE_BYTES: String(sliceBytes) })
  const objects = [
    await storeObject('changed.warc.gz', warcOf(pages.slice(0, 3))),
    await storeObject('same.warc.gz', warcOf(pages.slice(3))),
  ]
  await beginBatch(world.bindings, 'b', objects)
  return world
}

const CHANGES: readonly [string, () => Promise<unknown>][] = [
  ['overwritten', () => env.OBJECTS.put('changed.warc.gz', warcOf(pages.slice(1, 2)))],
  ['deleted', () => env.OBJECTS.delete('changed.warc.gz')],
]

describe('an object that changes under its batch', () => {
  it.each(CHANGES)('is one failure by name when it was %s, and the rest is sealed', async (_, change) => {
    const world = await begin(1_000_000)
    await change()
    await drain(world)
    const { funnel } = await progressOf(world.bindings, 'b')
    expect(funnel).toEqual({
      pages: 4,
      candidates: 3,
      rejected: {},
      failed: { 'object-changed: changed.warc.gz': 1 },
    })
    expect((await snapshot()).rows['seals']).toMatchObject([{ state: 'published', candidates: 3 }])
  })

  it.each(CHANGES)('keeps what was read before it was %s', async (_, change) => {
    const world = await begin(1)
    const first = world.queue.shift()
    expect(await deliver(first, world.bindings)).toBe(true)
    await change()
    await drain(world)
    const { funnel } = await progressOf(world.bindings, 'b')
    expect(funnel).toMatchObject({ candidates: 4, failed: { 'object-changed: changed.warc.gz': 1 } })
    expect((await snapshot()).rows['seals']).toMatchObject([{ state: 'published', candidates: 4 }])
  })

  it('is told once when one consumer read it and another found it gone', async () => {
    const world = await begin(1)
    const message = world.queue[0]
    const inner = gateWith()
    // The slow consumer has read the slice; before its ledger row goes in, the object is gone and another one says so.
    const slow = readBindings(
      world.through({
        ...inner,
        async write(name, work) {
          if (name.startsWith('insert into "slices"') && inner.writes.every((done) => !done.startsWith('insert'))) {
            await env.OBJECTS.delete('changed.warc.gz')
            expect(await deliver(message, world.bindings)).toBe(true)
          }
          return inner.write(name, work)
        },
      }),
    )
    expect(await deliver(message, slow)).toBe(true)
    await drain(world)
    const { rows } = await snapshot()
    expect(rows['batches']).toMatchObject([{ state: 'sealed' }])
    expect((await progressOf(world.bindings, 'b')).funnel).toMatchObject({ pages: 4, candidates: 3 })
  })
})
