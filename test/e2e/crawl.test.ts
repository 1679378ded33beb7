/** Real crawls through a real local server: every page is counted, and web pages alone are planned when asked to be. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiError, createClient, type Client } from '../../cli/client.ts'
import { closeBatch, openBatch, pushFile, untilSealed, type BatchProgress } from '../../cli/push.ts'
import { startServer, type Server } from '../../cli/server.ts'
import { ROOT } from '../../cli/wrangler.ts'
import type { ManifestHead } from '../../schema/manifest.ts'
import { runPython } from '../contract/open-parquet.ts'
import { HOLDOUT_SHARE, runRunner } from './sample-run.ts'

const CRAWLS = ['dev.warc.gz', 'zh-sites.warc.gz'].map((name) => path.join(ROOT, '../shared/data/crawl', name))
const PATIENCE_MS = 10 * 60_000
/** The whole test with a trained round of each; it takes some minutes more. */
const FULL = (process.env['MILLRACE_FULL'] ?? '') !== ''
/** Of the paper's recipe, all but web pages. */
const OTHER_SOURCES = [
  ...['book', 'code', 'encyclopedia', 'math', 'paper', 'qa_forum'].map((source) => `${source}/en`),
  ...['book', 'encyclopedia', 'qa_forum'].map((source) => `${source}/zh`),
  'synthetic',
].sort()

const isHere = CRAWLS.every((file) => existsSync(file))
if (!isHere) console.log('../shared/data/crawl is missing: no real crawl is read')

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0)
const nameOf = (file: string): string => path.basename(file)

describe.skipIf(!isHere)('a real crawl', () => {
  let folder = ''
  let server: Server
  let key = ''
  let client: Client
  const batches = new Map<string, BatchProgress>()

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-crawl-'))
    server = await startServer({ persistTo: path.join(folder, 'server'), vars: { HOLDOUT_SHARE } })
    key = await server.key(['ingest', 'read', 'plan', 'train'])
    client = createClient({ url: server.url, key })
  }, PATIENCE_MS)
  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const planned = (options: object): Promise<ManifestHead> =>
    client.json<ManifestHead>('POST', '/v1/manifests', { json: { recipe: 'llama-3-syne', ...options } })

  describe.each(CRAWLS.map((file) => [nameOf(file), file] as const))('after %s', (name, file) => {
    beforeAll(async () => {
      const batch = await openBatch(client, { source: 'web' })
      await pushFile(client, file, { batch })
      await closeBatch(client, batch)
      batches.set(name, await untilSealed(client, batch, 250))
      await client.json('POST', '/v1/calibrations')
    }, PATIENCE_MS)

    it('has every page in the funnel, as many as warcio counts', async () => {
      const [responses] = await runPython(path.join(import.meta.dirname, 'count_responses.py'), [file])
      const { pages, candidates, kept, duplicates, nearDuplicates, heldOut, rejected, failed } =
        batches.get(name)?.funnel ?? {}
      expect(String(pages)).toBe(responses)
      expect((candidates ?? 0) + sum(Object.values(rejected ?? {})) + sum(Object.values(failed ?? {}))).toBe(pages)
      expect((kept ?? 0) + (duplicates ?? 0) + (nearDuplicates ?? 0) + (heldOut ?? 0)).toBe(candidates)
      expect(kept).toBeGreaterThan(0)
    }, 120_000)

    it('refuses the paper’s recipe and names every source that is missing', async () => {
      const refusal = await planned({ run: `refused-${name}` }).catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(ApiError)
      expect(refusal).toMatchObject({ problem: 'missing-sources', body: { sources: OTHER_SOURCES } })
    })

    it(
      `plans it over web pages alone where the user renormalises${FULL ? ', and trains on it' : ''}`,
      async () => {
        // Two hundred pages of a language are few for eleven topics: the short ones give what they have.
        const head = await planned({
          run: `web-${name}`,
          missingSources: 'renormalise',
          shortfall: 'renormalise',
          tokens: 40_000,
        })
        expect(head.notes.filter(({ code }) => code === 'source-missing').length).toBe(OTHER_SOURCES.length)
        for (const { quotas, tokens } of head.phases) {
          expect(quotas.filter(({ cell }) => !cell.startsWith('web/'))).toEqual([])
          expect(sum(quotas.map((quota) => quota.tokens))).toBe(tokens)
        }
        if (!FULL) return
        const args = ['train', '--manifest', `${server.url}/v1/manifests/${head.id}`, '--report', server.url]
        await runRunner([...args, '-o', path.join(folder, name)], { key, cache: path.join(folder, 'tokens') })
        const next = await client.json<ManifestHead>('POST', `/v1/manifests/${head.id}/next`)
        expect(next).toMatchObject({ parent: head.id, round: 2 })
      },
      PATIENCE_MS,
    )
  })
})
