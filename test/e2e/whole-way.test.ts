import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../cli/wrangler.ts'
import type { DuplicateLine } from '../../functions/seal/duplicate-lines.ts'
import { signedRequest } from '../support/webhook.ts'
import {
  isSealed,
  newFolder,
  removeFolder,
  startWorker,
  watch,
  type BatchView,
  type LocalWorker,
} from './local-worker.ts'

const sample = path.join(ROOT, 'test/fixtures/sample')
const crawl = readFileSync(path.join(sample, 'web.warc.gz'))
const documents = readFileSync(path.join(sample, 'documents.ndjson'))

/** So many documents again, with another sentence at the end: near duplicates of the first ones. */
const COPIES = 20
const copies = Buffer.from(
  documents
    .toString()
    .split('\n')
    .slice(0, COPIES)
    .map((line) => JSON.parse(line) as { url: string; text: string })
    .map((document) => ({
      ...document,
      url: `${document.url}-copy`,
      text: `${document.text}\n\nFirst printed elsewhere.`,
    }))
    .map((document) => `${JSON.stringify(document)}\n`)
    .join(''),
)

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)
const balanced = ({
  pages,
  candidates,
  rejected,
  failed,
  kept,
  duplicates,
  nearDuplicates,
  heldOut,
}: BatchView['funnel']): void => {
  expect(candidates + total(rejected) + total(failed)).toBe(pages)
  expect((kept ?? 0) + (duplicates ?? 0) + (nearDuplicates ?? 0) + (heldOut ?? 0)).toBe(candidates)
}

/** Counted without any of our readers: header by header, each record passed over by its length. */
function responsesIn(warc: Buffer): number {
  let count = 0
  for (let at = 0; at < warc.length;) {
    const end = warc.indexOf('\r\n\r\n', at)
    const header = warc.subarray(at, end).toString('latin1')
    if (/^WARC-Type: response\r$/m.test(`${header}\r`)) count += 1
    at = end + 4 + Number(/^Content-Length: (\d+)/im.exec(header)?.[1]) + 4
  }
  return count
}

describe('the sample corpus, sent to a running Worker', () => {
  const folder = newFolder()
  let worker: LocalWorker
  let first: BatchView

  beforeAll(async () => {
    worker = await startWorker(folder, { vars: { SLICE_BYTES: '300000' } })
  })
  afterAll(async () => {
    await worker.stop()
    removeFolder(folder)
  })

  it('is read, sealed and accounted for to the page', async () => {
    const opened = await worker.call('/v1/batches', { method: 'POST', body: '{}' })
    const batch = String(opened.body['batch'])
    const put = await worker.call(`/v1/objects/crawl/web.warc.gz?batch=${batch}`, { method: 'PUT', body: crawl })
    expect(put.status).toBe(201)
    const again = await worker.call(`/v1/objects/crawl/copies.ndjson?batch=${batch}`, { method: 'PUT', body: copies })
    expect(again.status).toBe(201)
    const headers = { 'content-type': 'application/x-ndjson' }
    const posted = await worker.call(`/v1/pages?batch=${batch}`, { method: 'POST', body: documents, headers })
    const lines = documents.toString().trimEnd().split('\n').length
    expect(posted).toMatchObject({ status: 202, body: { batch, lines } })
    expect((await worker.call(`/v1/batches/${batch}/close`, { method: 'POST' })).status).toBe(200)
    first = await watch(worker, batch, isSealed)
    expect(first.funnel.pages).toBe(responsesIn(gunzipSync(crawl)) + lines + COPIES)
    const bytes = crawl.length + documents.length + copies.length
    expect(first.objects).toEqual({ all: 3, read: 3, bytes })
    expect(first.slices).toBeGreaterThan(4)
    expect(first.parked).toEqual([])
    balanced(first.funnel)
    expect(first.funnel.kept).toBeGreaterThan(100)
  })

  it('is what the command line makes of the same files', () => {
    const output = path.join(folder, 'processed')
    writeFileSync(path.join(folder, 'copies.ndjson'), copies)
    const files = ['web.warc.gz', 'documents.ndjson'].map((name) => path.join(sample, name))
    files.push(path.join(folder, 'copies.ndjson'))
    const args = ['cli/millrace.ts', 'process', ...files, '-o', output, '--holdout-share', '0.25']
    execFileSync(process.execPath, args, { cwd: ROOT, stdio: 'pipe' })
    const { pages, kept, duplicates, nearDuplicates, heldOut, rejected, failed } = first.funnel
    const funnel = JSON.parse(readFileSync(path.join(output, 'funnel.json'), 'utf8')) as Record<string, unknown>
    expect(funnel).toMatchObject({ pages, kept, duplicates, nearDuplicates, heldOut, rejected })
    expect(nearDuplicates).toBeGreaterThanOrEqual(COPIES)
    expect(funnel['failed']).toEqual(typeof funnel['failed'] === 'number' ? total(failed) : failed)
  })

  it('drops the near duplicates that the command line drops, for the same documents', async () => {
    const lines = readFileSync(path.join(folder, 'processed/duplicates.ndjson'), 'utf8').trimEnd().split('\n')
    const near = lines.map((line) => JSON.parse(line) as DuplicateLine).filter(({ match }) => match === 'near')
    expect(near).toHaveLength(first.funnel.nearDuplicates ?? 0)
    for (const { id, matched, holder } of near) {
      const { status, body } = await worker.call(`/v1/documents/${id}`)
      const others = { matched: { id: matched.id }, holder: { id: holder.id } }
      expect([status, body]).toMatchObject([200, { id, state: 'near-duplicate', ...others }])
    }
  })

  it('shows its cells, whose shards are served in parts', async () => {
    const cells = (await worker.call('/v1/cells')).body['cells'] as { source: string; documents: number }[]
    expect(cells.reduce((sum, { documents: count }) => sum + count, 0)).toBe(first.funnel.kept)
    expect(new Set(cells.map(({ source }) => source)).size).toBeGreaterThan(4)
  })

  it('is all duplicates when a webhook names it again, three times, two of them at once', async () => {
    const message = { keys: ['crawl/web.warc.gz'] }
    const post = () => worker.call('/v1/webhooks/batches', signedRequest(message, { id: 'e2e', nowMs: Date.now() }))
    const answers = [...(await Promise.all([post(), post()])), await post()]
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202])
    const batches = new Set(answers.map(({ body }) => String(body['batch'])))
    expect(batches.size).toBe(1)
    const second = await watch(worker, [...batches].join(''), isSealed)
    balanced(second.funnel)
    expect(second.funnel).toMatchObject({
      kept: 0,
      heldOut: 0,
      nearDuplicates: 0,
      duplicates: second.funnel.candidates,
    })
  })
})
