import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { gzipped, joined, response } from '../unit/read/warc-fixture.ts'
import { call, keyWith } from './client.ts'
import { articles, beginBatch, members, storeObject, warcOf } from './pages.ts'
import { drain, newWorld } from './world.ts'

interface Funnel {
  readonly pages: number
  readonly candidates: number
  readonly rejected: Readonly<Record<string, number>>
  readonly failed: Readonly<Record<string, number>>
}

/** The batch as its owner sees it after everything was done, beside a good object that must come through unharmed. */
async function sealed(name: string, bytes: Uint8Array, sliceBytes = '67108864') {
  const world = await newWorld({ SLICE_BYTES: sliceBytes })
  const key = await keyWith('read')
  const good = await storeObject('good.warc.gz', warcOf(articles(2)))
  await beginBatch(world.bindings, 'b', [await storeObject(name, bytes), good])
  expect(await drain(world)).toBe(true)
  const { body } = await call(world, '/v1/batches/b', { key })
  return { body, funnel: body['funnel'] as Funnel }
}

const counted = (codes: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1
  return counts
}
const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)

interface Expected {
  readonly pages: readonly string[]
  readonly failures: readonly string[]
  readonly rejected: readonly string[]
}

const fixture = (name: string): Uint8Array => new Uint8Array(Buffer.from(env.TEST_FIXTURES[name] ?? '', 'base64'))
const expected = JSON.parse(new TextDecoder().decode(fixture('expected.json'))) as Record<string, Expected>

describe('an object with bad input', () => {
  it.each(Object.entries(expected))('is told page by page: %s', async (name, { pages, failures, rejected }) => {
    const { body, funnel } = await sealed(name, fixture(name), '1')
    expect(body).toMatchObject({ state: 'sealed', objects: { all: 2, read: 2 }, parked: [] })
    expect(funnel.failed).toEqual(counted(failures))
    for (const [reason, count] of Object.entries(counted(rejected))) {
      const lines = Object.entries(funnel.rejected).filter(([key]) => key === reason || key.startsWith(`${reason}/`))
      expect(total(Object.fromEntries(lines))).toBeGreaterThanOrEqual(count)
    }
    expect(funnel.pages).toBe(2 + pages.length + failures.length + rejected.length)
    expect(funnel.candidates + total(funnel.rejected) + total(funnel.failed)).toBe(funnel.pages)
    expect(funnel.candidates).toBeGreaterThanOrEqual(2)
  })

  it('loses nothing around a page of 20 MB', async () => {
    const [before, after] = members(articles(2, { from: 4 }))
    const line = '<p>A line of a page that never ends, and says nothing that it has not said.</p>\n'
    const huge = response('https://huge.example/', `<html><body>${line.repeat(250_000)}</body></html>`)
    expect(huge.length).toBeGreaterThan(20_000_000)
    const bytes = joined(...[before, gzipped(huge, 1), after].flatMap((member) => member ?? []))
    const { body, funnel } = await sealed('huge.warc.gz', bytes)
    expect(body).toMatchObject({ state: 'sealed' })
    expect(funnel).toMatchObject({ pages: 5, candidates: 4, rejected: { 'too-large': 1 }, failed: {} })
  })

  it('keeps every member but the damaged one, wherever the damage is', async () => {
    const parts = members(articles(5, { from: 2 }))
    for (const at of [0, 2, 4]) {
      const damaged = parts.map((member, i) => {
        if (i !== at) return member
        const copy = member.slice()
        copy.fill(0x55, 40, 60)
        return copy
      })
      const { funnel } = await sealed('damaged.warc.gz', joined(...damaged), '1')
      expect([at, funnel.candidates, total(funnel.failed)]).toEqual([at, 6, 1])
    }
  })

  it('writes down where each page was turned away, and why', async () => {
    await sealed('broken-lines.ndjson', fixture('broken-lines.ndjson'))
    const { objects } = await env.CORPUS.list({ prefix: 'batches/b/chunks/' })
    const lists = objects.filter(({ key }) => key.endsWith('.rejects.ndjson'))
    expect(lists).toHaveLength(1)
    const text = await (await env.CORPUS.get(lists[0]?.key ?? ''))?.text()
    const lines = (text ?? '')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const failed = lines.filter((line) => 'failed' in line)
    expect(failed.map((line) => String(line['failed'])).sort()).toEqual(
      [...(expected['broken-lines.ndjson']?.failures ?? [])].sort(),
    )
    for (const line of lines) expect(line).toMatchObject({ offset: expect.any(Number) as number })
  })
})
