import { createMessageBatch } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { sweep } from '../../functions/ingest/ingest.cron.ts'
import { consumeDeadSlices } from '../../functions/ingest/slices.queue.ts'
import { pipelineVersion } from '../../functions/pipeline.ts'
import { addObject, joinOpenBatch, openBatch } from '../../functions/platform/batches.ts'
import { readBindings } from '../../functions/platform/bindings.ts'
import { sendBatchObjects } from '../../functions/platform/hand-on.ts'
import { defaultModels } from '../../functions/platform/models.ts'
import { call, keyWith } from './client.ts'
import { gateWith, type Gate } from './faults.ts'
import { articles, beginBatch, storeObject, warcOf } from './pages.ts'
import { deliver, drain, newWorld, runWorkflow, snapshot, type World } from './world.ts'

const MINUTE = 60_000

const stateOf = (id: string) =>
  env.INDEX.prepare('select state from batches where id = ?').bind(id).first<string>('state')

async function openWith(world: World, bytes: Uint8Array, nowMs: number): Promise<void> {
  await openBatch(world.bindings, { id: 'open', kind: 'open', owner: 'key', source: 'web', lang: '' }, nowMs)
  await addObject(world.bindings, 'open', await storeObject('open.warc.gz', bytes), nowMs)
}

describe('the sweep', () => {
  it('sends a lost first slice again, once in fifteen minutes', async () => {
    const world = await newWorld()
    await beginBatch(world.bindings, 'b', [await storeObject('a.warc.gz', warcOf(articles(2)))])
    const [lost] = world.queue.splice(0)
    const at = Date.now()
    const sentAfter = async (minutes: number): Promise<number> => {
      await sweep(world.bindings, at + minutes * MINUTE)
      return world.queue.length
    }
    expect(await sentAfter(0)).toBe(0)
    expect(await sentAfter(14)).toBe(0)
    expect(await sentAfter(15)).toBe(1)
    expect(await sentAfter(16)).toBe(1)
    expect(await sentAfter(29)).toBe(1)
    expect(await sentAfter(30)).toBe(2)
    expect(world.queue).toEqual([lost, lost])
    await drain(world)
    expect(await stateOf('b')).toBe('sealed')
  })

  it('sends the slice at which reading stands still', async () => {
    const world = await newWorld({ SLICE_BYTES: '1' })
    await beginBatch(world.bindings, 'b', [await storeObject('a.warc.gz', warcOf(articles(3)))])
    await deliver(world.queue.shift(), world.bindings)
    const [lost] = world.queue.splice(0)
    expect(lost?.start).toBeGreaterThan(0)
    await sweep(world.bindings, Date.now() + 15 * MINUTE)
    expect(world.queue).toEqual([lost])
    await drain(world)
    expect((await snapshot()).rows['seals']).toMatchObject([{ state: 'published', candidates: 3 }])
  })

  it('closes an open batch after its quiet minutes, and not before', async () => {
    const world = await newWorld({ QUIET_MINUTES: '10' })
    const nowMs = Date.now()
    await openWith(world, warcOf(articles(1)), nowMs)
    await sweep(world.bindings, nowMs + 9 * MINUTE)
    expect(await stateOf('open')).toBe('open')
    await sweep(world.bindings, nowMs + 10 * MINUTE)
    expect(await stateOf('open')).toBe('closed')
  })

  it('closes an open batch that is full', async () => {
    const bytes = warcOf(articles(1))
    const nowMs = Date.now()
    const roomy = await newWorld({ BATCH_BYTES: String(bytes.length + 1) })
    await openWith(roomy, bytes, nowMs)
    await sweep(roomy.bindings, nowMs)
    expect(await stateOf('open')).toBe('open')
    const full = await newWorld({ BATCH_BYTES: String(bytes.length) })
    await openWith(full, bytes, nowMs)
    await sweep(full.bindings, nowMs)
    expect(await stateOf('open')).toBe('closed')
  })

  it('leaves a batch that was opened by hand to its owner', async () => {
    const world = await newWorld()
    await openBatch(world.bindings, { id: 'm', kind: 'manual', owner: 'key', source: 'web', lang: '' }, 0)
    await sweep(world.bindings, Date.now())
    expect(await stateOf('m')).toBe('open')
  })

  it('seals a batch that was read before it was closed', async () => {
    const world = await newWorld({ QUIET_MINUTES: '10' })
    const nowMs = Date.now()
    await openWith(world, warcOf(articles(2)), nowMs)
    await sweep(world.bindings, nowMs + 15 * MINUTE)
    await drain(world)
    expect(await stateOf('open')).toBe('sealed')
  })

  it('leaves alone what is parked, until its owner asks for it', async () => {
    const world = await newWorld()
    await beginBatch(world.bindings, 'b', [await storeObject('a.warc.gz', warcOf(articles(2)))])
    const [dead] = world.queue.splice(0)
    const batch = createMessageBatch('millrace-slices-dead', [
      { id: 'm', timestamp: new Date(0), attempts: 6, body: dead },
    ])
    await consumeDeadSlices(batch, world.bindings)
    await sweep(world.bindings, Date.now() + 15 * MINUTE)
    expect(world.queue).toEqual([])
    const { status, body } = await call(world, '/v1/batches/b/retry', { method: 'POST', key: await keyWith('ingest') })
    expect([status, body]).toMatchObject([200, { parked: [] }])
    expect(world.queue).toEqual([dead])
    await drain(world)
    expect(await stateOf('b')).toBe('sealed')
  })

  it('parks slices of another pipeline version, and opens a new batch for what comes', async () => {
    const world = await newWorld()
    const nowMs = Date.now()
    await openWith(world, warcOf(articles(2)), nowMs)
    await env.INDEX.prepare("update batches set pipeline = '0-another'").run()
    await sendBatchObjects(world.bindings, 'open')
    await drain(world)
    const { rows } = await snapshot()
    expect(rows['slices']).toEqual([])
    expect(rows['parked']).toMatchObject([{ batch: 'open', cause: expect.stringContaining('0-another') as string }])
    const joined = await joinOpenBatch(world.bindings, { owner: 'key', source: 'web', lang: '' }, nowMs)
    expect([joined.id === 'open', joined.pipeline]).toEqual([false, pipelineVersion(defaultModels())])
    expect(await stateOf('open')).toBe('closed')
  })

  it('gives a seal up that breaks again and again, and lets the next one run', async () => {
    const world = await newWorld()
    await beginBatch(world.bindings, 'b', [await storeObject('a.warc.gz', warcOf(articles(3)))])
    await beginBatch(world.bindings, 'c', [await storeObject('c.warc.gz', warcOf(articles(3, { from: 1 })))])
    for (const message of world.queue.splice(0)) await deliver(message, world.bindings)
    const inner = gateWith()
    const noRanges: Gate = {
      ...inner,
      write: (name, work) => (name.includes('ranges') ? Promise.reject(new Error('no room')) : inner.write(name, work)),
    }
    for (let minute = 0; minute < 5; minute++) {
      expect(await runWorkflow(world, 1, readBindings(world.through(noRanges)))).toBe(false)
      await sweep(world.bindings, Date.now())
    }
    await drain(world)
    const key = await keyWith('read', 'ingest')
    const before = await call(world, '/v1/batches/b', { key })
    expect(before.body).toMatchObject({
      state: 'closed',
      seal: { number: 1, state: 'given-up', cause: expect.stringContaining('broke 5 times') as string },
    })
    // Nothing of it is left: what both batches hold stays with the second.
    expect((await call(world, '/v1/batches/c', { key })).body).toMatchObject({ funnel: { duplicates: 0 } })
    await call(world, '/v1/batches/b/retry', { method: 'POST', key })
    await drain(world)
    expect((await call(world, '/v1/batches/b', { key })).body).toMatchObject({
      state: 'sealed',
      seal: { number: 3, state: 'published', cause: null },
      funnel: { duplicates: 2 },
    })
  })

  it('restarts a workflow that broke, and only that', async () => {
    const world = await newWorld()
    await beginBatch(world.bindings, 'b', [await storeObject('a.warc.gz', warcOf(articles(2)))])
    await deliver(world.queue.shift(), world.bindings)
    const instance = world.workflows.get(1)
    if (instance === undefined) throw new Error('no seal was started')
    instance.status = 'running'
    await sweep(world.bindings, Date.now())
    expect(instance.status).toBe('running')
    instance.status = 'errored'
    await sweep(world.bindings, Date.now())
    expect(instance.status).toBe('queued')
    await drain(world)
    expect(await stateOf('b')).toBe('sealed')
  })
})
