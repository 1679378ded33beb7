/** A new n-gram model over the corpus of a real local server, with the commands that a user has. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient, type Client } from '../../cli/client.ts'
import { startServer, type Server } from '../../cli/server.ts'
import { ROOT } from '../../cli/wrangler.ts'
import type { FrozenCalibration } from '../../schema/calibration.ts'
import type { ManifestHead } from '../../schema/manifest.ts'
import { readArticles } from '../support/sample/articles.ts'
import { HOLDOUT_SHARE, SAMPLE } from './sample-run.ts'

interface Told {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

describe('a new n-gram model over the corpus of a server', () => {
  let folder = ''
  let server: Server
  let key = ''
  let client: Client
  const at = (name: string): string => path.join(folder, name)

  const millrace = (...args: string[]): Promise<Told> =>
    new Promise((resolve) => {
      const env = { ...process.env, MILLRACE_URL: server.url, MILLRACE_KEY: key }
      const command = [path.join(ROOT, 'cli/millrace.ts'), ...args]
      execFile(process.execPath, command, { cwd: folder, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      )
    })
  const answer = async <T>(...args: string[]): Promise<T> => {
    const told = await millrace(...args)
    expect(told).toMatchObject({ code: 0 })
    return JSON.parse(told.stdout) as T
  }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-rescored-'))
    server = await startServer({ persistTo: at('server'), vars: { HOLDOUT_SHARE } })
    key = await server.key(['ingest', 'read', 'plan'])
    client = createClient({ url: server.url, key })
    expect(await millrace('push', path.join(SAMPLE, 'web.warc.gz'), '--wait')).toMatchObject({ code: 0 })
    const text = readArticles('zh').flatMap(({ blocks }) =>
      blocks.flatMap((block) => (block.kind === 'list' ? block.items : [block.text])),
    )
    await writeFile(at('text.txt'), `${text.join('\n')}\n`)
    const part = { share: 1, sources: { web: 1 }, curriculum: 'ascending' }
    const recipe = { name: 'easy', phases: [{ name: 'all', share: 1, mix: { zh: part } }], shortfall: 'shrink' }
    await writeFile(at('easy.json'), JSON.stringify({ ...recipe, quantiles: [1, 2, 3] }))
  })
  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('scores, is calibrated, is named by the planner until a compaction sorts by it, and then read by', async () => {
    const first = await answer<{ id: string }>('models', 'calibrate', '-o', 'first.json')
    const old = await answer<ManifestHead>('manifest', 'create', '--recipe', './easy.json', '--run', 'old')
    expect(old.calibration.id).toBe(first.id)

    const train = ['models', 'train-ngram', 'text.txt', '-o', 'new.bin', '--lang', 'zh', '--order', '3']
    const { id: model } = await answer<{ id: string }>(...train)
    const scored = await answer<{ shards: number; there: number }>('models', 'rescore', '--model', 'new.bin')
    expect(scored.shards).toBeGreaterThan(0)
    const again = await answer<{ shards: number; there: number }>('models', 'rescore', '--model', 'new.bin')
    expect(again).toEqual({ model, shards: 0, documents: 0, there: scored.shards })

    expect(await millrace('models', 'calibrate')).toMatchObject({ code: 2, stderr: expect.stringContaining('zh by') })
    await answer('models', 'calibrate', '--model', model, '-o', 'second.json')
    const second = JSON.parse(await readFile(at('second.json'), 'utf8')) as FrozenCalibration
    expect(second.borders['zh']?.pplModel).toBe(model)
    const create = ['manifest', 'create', '--recipe', './easy.json', '--calibration', second.id]
    const refused = await millrace(...create)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/web\/zh\/\S+ \(by \S+; by new@\S+: scored, to be compacted\)/)

    const { seal } = await answer<{ seal: number }>('compact', '--model', model)
    const endMs = Date.now() + 120_000
    for (let state = 'waiting'; state !== 'published' && Date.now() < endMs;) {
      await new Promise((resolve) => setTimeout(resolve, 250))
      const { compactions } = await client.json<{ compactions: { seal: number; state: string }[] }>(
        'GET',
        '/v1/compactions',
      )
      state = compactions.find((one) => one.seal === seal)?.state ?? ''
      expect(['waiting', 'published']).toContain(state)
    }
    const planned = await answer<ManifestHead>(...create, '-o', 'plan')
    expect(planned.calibration).toEqual({ id: second.id, borders: second.borders })
    expect(planned.index.version).toBe(old.index.version + 1)
    const entries = (await readFile(at('plan/entries.ndjson'), 'utf8')).trim().split('\n')
    const border = second.borders['zh']?.borders[2] ?? Number.NaN
    for (const line of entries) expect((JSON.parse(line) as { bucket: number }).bucket).toBeLessThan(border)
    const before = ['--calibration', first.id, '--index-version', String(old.index.version), '--run', 'old']
    expect((await answer<ManifestHead>(...create.slice(0, 4), ...before)).id).toBe(old.id)
    expect(existsSync(at('first.json'))).toBe(true)
  })
})
