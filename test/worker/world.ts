/**
 * A whole Worker in a test's hands: real R2, D1 and Durable Objects, while the queue and the Workflow are lists that the
 * test drives. So a message can be lost, doubled or delivered to two consumers at once, and any write can break.
 */
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createHash } from 'node:crypto'
import type { SliceMessage } from '../../schema/messages.ts'
import { sweep } from '../../functions/ingest/ingest.cron.ts'
import { consumeSlices } from '../../functions/ingest/slices.queue.ts'
import { duplicatePartitions } from '../../functions/platform/duplicate-partitions.ts'
import { readBindings, type Bindings } from '../../functions/platform/bindings.ts'
import { runSeal } from '../../functions/seal/seal.workflow.ts'
import { gatedBucket, gatedDatabase, gatedPartitions, gateWith, type Gate } from './faults.ts'

type Status = 'queued' | 'running' | 'complete' | 'errored'

export interface World {
  readonly env: Env
  readonly bindings: Bindings
  /** Messages that wait. */
  readonly queue: SliceMessage[]
  /** Workflow instances by seal number, and the results of their steps. */
  readonly workflows: Map<number, { status: Status; readonly steps: Map<string, number> }>
  /** The same world seen through a gate. */
  through(gate: Gate): Env
}

/** An empty world: what earlier ones left is deleted. */
export async function newWorld(vars: Partial<Record<keyof Env & Uppercase<string>, string>> = {}): Promise<World> {
  await clear()
  const queue: World['queue'] = []
  const workflows: World['workflows'] = new Map()
  const through = (gate: Gate): Env =>
    ({
      ...env,
      ...vars,
      INDEX: gatedDatabase(env.INDEX, gate),
      OBJECTS: gatedBucket(env.OBJECTS, gate),
      CORPUS: gatedBucket(env.CORPUS, gate),
      DUPLICATES: gatedPartitions(env.DUPLICATES, gate),
      SLICES: queueOver(queue, gate),
      SEAL: workflowOver(workflows, gate),
    }) as unknown as Env
  const whole = through(gateWith())
  return { env: whole, bindings: readBindings(whole), queue, workflows, through }
}

function queueOver(queue: SliceMessage[], gate: Gate): Bindings['slices'] {
  const send = (bodies: readonly SliceMessage[]) =>
    gate.write(`send ${bodies.map(({ start }) => start).join(' ')}`, async () => {
      queue.push(...bodies)
    })
  const producer = {
    send: (body: SliceMessage) => send([body]),
    sendBatch: (messages: Iterable<{ body: SliceMessage }>) => send([...messages].map(({ body }) => body)),
  }
  return producer as unknown as Bindings['slices']
}

function workflowOver(workflows: World['workflows'], gate: Gate): Bindings['seals'] {
  const workflow = {
    create: ({ params }: { params: { seal: number } }) =>
      gate.write(`start seal ${params.seal}`, async () => {
        if (workflows.has(params.seal)) throw new Error('(instance.already_exists) there is one with this id')
        workflows.set(params.seal, { status: 'queued', steps: new Map() })
      }),
    get: (id: string) =>
      gate.read(async () => {
        const number = Number(id.replace('seal-', ''))
        const instance = workflows.get(number)
        if (instance === undefined) throw new Error('(instance.not_found) there is none with this id')
        const restart = () =>
          gate.write(`restart ${id}`, async () => {
            instance.status = 'queued'
            instance.steps.clear()
          })
        return { status: async () => ({ status: instance.status }), restart }
      }),
  }
  return workflow as unknown as Bindings['seals']
}

/** Gives one message to the consumer. False when it asks for it again. */
export async function deliver(message: unknown, bindings: Bindings, attempts = 1): Promise<boolean> {
  const batch = createMessageBatch('millrace-slices', [{ id: 'm', timestamp: new Date(0), attempts, body: message }])
  await consumeSlices(batch, bindings)
  return (await getQueueResult(batch, createExecutionContext())).explicitAcks.includes('m')
}

/** Runs the seal that a Workflow instance stands for; done steps are not done again. False when it broke. */
export async function runWorkflow(world: World, number: number, bindings = world.bindings): Promise<boolean> {
  const instance = world.workflows.get(number)
  if (instance === undefined) throw new Error(`no workflow for seal ${number}`)
  instance.status = 'running'
  try {
    await runSeal(bindings, number, async (name, work) => {
      const result = instance.steps.get(name) ?? (await work())
      instance.steps.set(name, result)
      return result
    })
    instance.status = 'complete'
    return true
  } catch {
    instance.status = 'errored'
    return false
  }
}

/** Delivers messages and runs workflows until nothing waits, or until something breaks. True when all went well. */
export async function drain(
  world: World,
  { bindings = world.bindings, copies = 1 }: { bindings?: Bindings; copies?: number } = {},
): Promise<boolean> {
  for (;;) {
    const message = world.queue.shift()
    if (message !== undefined) {
      for (let copy = 0; copy < copies; copy++) {
        if (await deliver(message, bindings)) continue
        world.queue.unshift(message)
        return false
      }
      continue
    }
    const next = [...world.workflows].find(([, { status }]) => status === 'queued')
    if (next === undefined) return true
    if (!(await runWorkflow(world, next[0], bindings))) return false
  }
}

/** What the platform does after a break: messages come again, and the minute's sweep goes round until all is sealed. */
export async function recover(world: World, { resume = true }: { resume?: boolean } = {}): Promise<void> {
  for (let round = 0; round < 5; round++) {
    for (const instance of world.workflows.values()) {
      // An engine that died goes on after the last step that it knows of; one that gave up is restarted by the sweep.
      if (resume && instance.status === 'errored') instance.status = 'queued'
    }
    await drain(world)
    const open = await env.INDEX.prepare("select 1 from batches where state != 'sealed'").first()
    if (open === null) return
    await sweep(world.bindings, Date.now() + 15 * 60_000)
  }
}

const TABLES = await tables()

async function tables(): Promise<string[]> {
  const { results } = await env.INDEX.prepare("select name from sqlite_master where type = 'table' order by name").all<{
    name: string
  }>()
  return results.map(({ name }) => name).filter((name) => !/^_cf_|^sqlite_|^d1_/.test(name))
}

async function clear(): Promise<void> {
  const sealed = await env.INDEX.prepare('select number from seals').all<{ number: number }>()
  await Promise.all(sealed.results.map(({ number }) => duplicatePartitions(env.DUPLICATES).release(number)))
  await env.INDEX.batch(TABLES.map((name) => env.INDEX.prepare(`delete from ${name}`)))
  for (const bucket of [env.CORPUS, env.OBJECTS]) {
    const { objects } = await bucket.list()
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key))
  }
}

type Row = Record<string, unknown>

export interface Snapshot {
  /** Rows by table, columns of the clock aside. */
  readonly rows: Readonly<Record<string, readonly Row[]>>
  /** sha-256 by key of the corpus bucket. */
  readonly corpus: Readonly<Record<string, string>>
}

export async function snapshot(): Promise<Snapshot> {
  const results = await env.INDEX.batch<Row>(TABLES.map((name) => env.INDEX.prepare(`select * from ${name}`)))
  const timeless = (row: Row): Row =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !/_at_ms$|^attempts$/.test(name)))
  const inOrder = (rows: readonly Row[]): Row[] =>
    rows.map(timeless).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  const { objects } = await env.CORPUS.list()
  const corpus = await Promise.all(
    objects.map(async ({ key }): Promise<[string, string]> => {
      const bytes = await (await env.CORPUS.get(key))?.arrayBuffer()
      return [
        key,
        createHash('sha256')
          .update(new Uint8Array(bytes ?? new ArrayBuffer(0)))
          .digest('hex'),
      ]
    }),
  )
  return {
    rows: Object.fromEntries(TABLES.map((name, i) => [name, inOrder(results[i]?.results ?? [])])),
    corpus: Object.fromEntries(corpus),
  }
}
