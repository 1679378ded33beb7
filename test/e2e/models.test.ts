/** The command line against a real server: models of 20 MiB for two languages, sent, activated, and scored with in one isolate. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from '../../cli/server.ts'
import { querySql, ROOT } from '../../cli/wrangler.ts'
import { groupOf, watchMemory } from '../bench/processes.ts'
import { readArticles } from '../support/sample/articles.ts'
import { ngramOf } from '../support/small-models.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-e2e-models-'))
const data = path.join(folder, 'server')
let server: Server
let key = ''

beforeAll(async () => {
  server = await startServer({ persistTo: data, vars: { HOLDOUT_SHARE: '0.0001' } })
  key = await server.key(['admin'])
}, 300_000)
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const run = promisify(execFile)

/** What a command printed: a line of JSON each. */
async function millrace(...args: string[]): Promise<Record<string, unknown>[]> {
  const env = { ...process.env, MILLRACE_URL: server.url, MILLRACE_KEY: key }
  const { stdout } = await run(process.execPath, [path.join(ROOT, 'cli/millrace.ts'), ...args], { env })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** Articles of the sample as one file of pages. */
function pages(name: string, from: number): string {
  const lines = (['en', 'zh'] as const).flatMap((lang) =>
    readArticles(lang)
      .slice(from, from + 6)
      .map(({ ref, blocks }) => {
        const text = blocks.flatMap((block) => (block.kind === 'list' ? block.items : [block.text])).join('\n')
        return JSON.stringify({ url: `https://example.org/${lang}/${encodeURIComponent(ref)}`, text })
      }),
  )
  const file = path.join(folder, name)
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''))
  return file
}

const scoredBy = async (): Promise<Record<string, unknown>[]> =>
  querySql('select distinct seal, substr(cell, 5, 2) as lang, ppl_model as model from shards order by seal, lang', {
    persistTo: data,
  })

describe('models in R2', () => {
  it('are sent, activated and scored with, and taken back, without a deploy', async () => {
    const files = (['en', 'zh'] as const).map((lang, i) => {
      const bytes = ngramOf(20, { lang, name: `large-${lang}`, order: 5, seed: i + 1 })
      const file = path.join(folder, `${lang}.bin`)
      writeFileSync(file, bytes)
      return { file, sha256: createHash('sha256').update(bytes).digest('hex') }
    })
    const shipped = watchMemory(() => groupOf(server.pid))
    const [before] = await millrace('push', pages('before.ndjson', 0), '--wait')
    shipped.stop()
    expect(before).toMatchObject({ pages: 12, failed: {} })

    const sent = await millrace('models', 'push', ...files.map(({ file }) => file))
    expect(sent.map(({ sha256, kind, lang }) => [sha256, kind, lang])).toEqual([
      [files[0]?.sha256, 'ngram', 'en'],
      [files[1]?.sha256, 'ngram', 'zh'],
    ])
    expect(await millrace('models', 'push', ...files.map(({ file }) => file))).toEqual(sent)
    const [en = '', zh = ''] = sent.map(({ id }) => String(id))
    const [active] = await millrace('models', 'activate', `ngram/en=${en}`, `ngram/zh=${zh}`)
    const { heldBytes } = (active ?? {})['memory'] as { heldBytes: number }
    expect(heldBytes / 2 ** 20).toBeGreaterThan(48)
    expect(heldBytes / 2 ** 20).toBeLessThan(49)
    expect((await millrace('models', 'list', '--server')).map(({ id, active: slots }) => [id, slots])).toEqual(
      expect.arrayContaining([
        [en, ['ngram/en']],
        [zh, ['ngram/zh']],
      ]),
    )

    const memory = watchMemory(() => groupOf(server.pid))
    const [after] = await millrace('push', pages('after.ndjson', 6), '--wait')
    memory.stop()
    expect(after).toMatchObject({ pages: 12, failed: {} })
    const [beforeMb = 0, peakMb = 0] = [shipped, memory].map(({ peak }) => peak.byName.get('workerd'))
    // R2, D1 and queues are in the same process.
    console.log(
      `workerd peaked at ${beforeMb.toFixed(0)} MB with the shipped models, at ${peakMb.toFixed(0)} MB with these`,
    )
    expect(peakMb).toBeGreaterThan(40)

    const [back] = await millrace('models', 'activate', 'ngram/en=shipped', 'ngram/zh=shipped')
    expect(back?.['activation']).toBe(2)
    const scored = await scoredBy()
    expect(scored).toHaveLength(4)
    expect(scored.slice(0, 2).some(({ model }) => model === en || model === zh)).toBe(false)
    expect(scored.slice(2)).toEqual([
      { seal: 2, lang: 'en', model: en },
      { seal: 2, lang: 'zh', model: zh },
    ])
  }, 300_000)

  it('that do not fit beside those that are there are refused with both figures', async () => {
    const file = path.join(folder, 'huge.bin')
    writeFileSync(file, ngramOf(52, { lang: 'en', name: 'huge' }))
    const [huge] = await millrace('models', 'push', file)
    await expect(millrace('models', 'activate', `ngram/en=${String(huge?.['id'])}`)).rejects.toThrow(
      /422 The model needs more memory than there is: ngram\/en huge@\w+ needs 52\.\d MiB in memory, \d+\.\d MiB of 56\.0 MiB are left/,
    )
  }, 300_000)
})
