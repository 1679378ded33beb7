import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../cli/wrangler.ts'
import { isSealed, newFolder, removeFolder, startWorker, watch, type LocalWorker } from './local-worker.ts'

const crawl = readFileSync(path.join(ROOT, 'test/fixtures/sample/web.warc.gz'))
/** About twenty slices. */
const VARS = { SLICE_BYTES: '80000' }
const TABLES = ['objects', 'slices', 'seals', 'shards', 'index_versions'] as const

const folders: string[] = []

async function begin(): Promise<[worker: LocalWorker, batch: string]> {
  const folder = newFolder()
  folders.push(folder)
  const worker = await startWorker(folder, { vars: VARS })
  const headers = { 'idempotency-key': 'killed' }
  const batch = String((await worker.call('/v1/batches', { method: 'POST', body: '{}', headers })).body['batch'])
  await worker.call(`/v1/objects/web.warc.gz?batch=${batch}`, { method: 'PUT', body: crawl })
  await worker.call(`/v1/batches/${batch}/close`, { method: 'POST' })
  return [worker, batch]
}

type Row = Readonly<Record<string, unknown>>

/** Rows of D1 without what is the clock's, of a server that has ended. */
function rowsOf(folder: string): Record<string, Row[]> {
  const files = globSync(path.join(folder, 'v3/d1/**/*.sqlite')).filter((name) => !name.includes('metadata'))
  const [file = ''] = files
  expect(files).toHaveLength(1)
  using database = new DatabaseSync(file)
  const timeless = (row: Row): Row =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !name.endsWith('_at_ms')))
  const rows = TABLES.map((table): [string, Row[]] => [
    table,
    database.prepare(`select * from ${table} order by 1, 2, 3`).all().map(timeless),
  ])
  return Object.fromEntries(rows)
}

/** Ends the server and says what it left behind; every shard's bytes have the hash that the index has. */
async function outcome(worker: LocalWorker): Promise<Record<string, Row[]>> {
  const before = rowsOf(worker.folder)['shards'] ?? []
  expect(before.length).toBeGreaterThan(0)
  for (const { shard, sha256 } of before) {
    const bytes = await worker.bytes(`/v1/shards/${String(shard)}`)
    expect([shard, createHash('sha256').update(bytes).digest('hex')]).toEqual([shard, sha256])
  }
  await worker.stop()
  return rowsOf(worker.folder)
}

describe('a server that is killed', () => {
  afterAll(() => folders.forEach(removeFolder))

  it('ends in the rows and bytes of one that was left alone', async () => {
    const [calm, calmBatch] = await begin()
    const whole = await watch(calm, calmBatch, isSealed)
    const undisturbed = await outcome(calm)

    let [worker, batch] = await begin()
    expect(batch).toBe(calmBatch)
    // Among its slices, and when the last one is read and the seal begins.
    for (const share of [0.4, 1]) {
      await watch(worker, batch, ({ slices }) => slices >= whole.slices * share, { onStill: () => worker.sweep(15) })
      await worker.kill()
      worker = await startWorker(worker.folder, { vars: VARS, isNew: false })
    }
    // Local queues forget their messages; what the sweep sends again is what a real queue would deliver again.
    const view = await watch(worker, batch, isSealed, { onStill: () => worker.sweep(15) })
    expect(view).toEqual(whole)
    expect(await outcome(worker)).toEqual(undisturbed)
  }, 600_000)
})
