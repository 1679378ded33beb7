import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { addObjects, openBatch, type NewObject } from '../../functions/platform/batches.ts'
import { readBindings } from '../../functions/platform/bindings.ts'
import { closeAndHandOn } from '../../functions/platform/hand-on.ts'
import { sweep } from '../../functions/ingest/ingest.cron.ts'
import { call, keyWith } from './client.ts'
import { gateWith } from './faults.ts'
import { articles, pageOf, storeObject, urlOf } from './pages.ts'
import { deliver, drain, newWorld, recover, snapshot, type Snapshot, type World } from './world.ts'

const MINUTE = 60_000
const good = articles(4).map((article) => ({ url: urlOf(article), html: pageOf(article) }))
const numbered = Array.from({ length: 201 }, (_, i) => ({ url: `https://few.example/${i}`, html: `<p>Page ${i}.` }))
const lines = [...good, ...numbered].map((page) => new TextEncoder().encode(`${JSON.stringify(page)}\n`))

/** Posted pages in an open batch, as the route leaves them. */
async function begin(): Promise<World> {
  const world = await newWorld()
  const objects: NewObject[] = await Promise.all(
    lines.map(async (line, i) => ({ ...(await storeObject(`pages/k/${i}.ndjson`, line)), posted: true })),
  )
  await openBatch(world.bindings, { id: 'b', kind: 'manual', owner: 'test', source: 'web', lang: '' }, Date.now())
  await addObjects(world.bindings, 'b', objects, Date.now())
  return world
}

describe('posted pages', () => {
  let undisturbed: Snapshot

  beforeAll(async () => {
    const world = await begin()
    await closeAndHandOn(world.bindings, 'b', Date.now())
    expect(world.queue).toHaveLength(3)
    expect(await drain(world)).toBe(true)
    undisturbed = await snapshot()
  })

  it('are read a hundred to a slice, with a ledger row for each', () => {
    const { slices, seals } = undisturbed.rows
    expect(slices).toHaveLength(205)
    expect(seals).toMatchObject([{ state: 'published', candidates: 4 }])
    const rejects = Object.keys(undisturbed.corpus).filter((key) => key.endsWith('.rejects.ndjson'))
    expect(rejects).toHaveLength(3)
  })

  it('keep the place where each was read', async () => {
    const { results } = await env.INDEX.prepare("select chunks from slices where chunks != '[]'").all()
    expect(results).toHaveLength(4)
    const world = await begin()
    const again = await storeObject('z.ndjson', lines[0] ?? new Uint8Array())
    await addObjects(world.bindings, 'b', [{ ...again, posted: true }], Date.now())
    await closeAndHandOn(world.bindings, 'b', Date.now())
    await drain(world)
    const { keys } = await duplicates()
    expect(keys).toEqual([['z.ndjson', 'pages/k/0.ndjson']])
  })

  it('wait for their batch to close', async () => {
    const world = await begin()
    await sweep(world.bindings, Date.now() + 15 * MINUTE)
    expect(world.queue).toEqual([])
    const { results } = await env.INDEX.prepare('select id from objects order by id').all<{ id: string }>()
    const early = { v: 1, batch: 'b', object: results[0]?.id, start: 0 }
    expect(await deliver(early, world.bindings)).toBe(true)
    expect((await snapshot()).rows['slices']).toEqual([])
    await closeAndHandOn(world.bindings, 'b', Date.now())
    await drain(world)
    expect(await snapshot()).toEqual(undisturbed)
  })

  it('are the same when every message comes twice, and to two consumers at once', async () => {
    const world = await begin()
    await closeAndHandOn(world.bindings, 'b', Date.now())
    await Promise.all([...world.queue, ...world.queue].map((message) => deliver(message, world.bindings)))
    await drain(world)
    expect(await snapshot()).toEqual(undisturbed)
  })

  it('are sent again, in the same hundreds, when their messages were lost', async () => {
    const world = await begin()
    await closeAndHandOn(world.bindings, 'b', Date.now())
    const lost = world.queue.splice(0)
    await sweep(world.bindings, Date.now() + 15 * MINUTE)
    expect(world.queue).toEqual(lost)
    await drain(world)
    expect(await snapshot()).toEqual(undisturbed)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('are the same when the process is killed at write %i', async (at) => {
    const world = await begin()
    const gate = gateWith('killed', at)
    const shaken = readBindings(world.through(gate))
    await closeAndHandOn(shaken, 'b', Date.now()).catch(() => null)
    await drain(world, { bindings: shaken })
    expect(gate.dead).toBe(true)
    await gate.settled()
    await closeAndHandOn(world.bindings, 'b', Date.now())
    await recover(world)
    expect(await snapshot()).toEqual(undisturbed)
  })

  it('cost themselves only when one was deleted', async () => {
    const world = await begin()
    await env.OBJECTS.delete('pages/k/200.ndjson')
    await closeAndHandOn(world.bindings, 'b', Date.now())
    await drain(world)
    const { body } = await call(world, '/v1/batches/b', { key: await keyWith('read') })
    expect(body).toMatchObject({
      state: 'sealed',
      funnel: { pages: 205, candidates: 4, failed: { 'object-changed: pages/k/200.ndjson': 1 } },
    })
  })
})

async function duplicates() {
  const { objects } = await env.CORPUS.list({ prefix: 'seals/' })
  const keys: string[][] = []
  for (const { key } of objects.filter((object) => object.key.includes('/duplicates/'))) {
    const text = (await (await env.CORPUS.get(key))?.text()) ?? ''
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const duplicate = JSON.parse(line) as { key: string; holder: { key: string } }
      keys.push([duplicate.key, duplicate.holder.key])
    }
  }
  return { keys }
}
