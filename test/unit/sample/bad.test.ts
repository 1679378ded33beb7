import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytesSource } from '../../../functions/read/byte-source.ts'
import { readSlice } from '../../../functions/read/read-slice.ts'
import { FIXTURES } from '../../support/sample/articles.ts'
import { badFiles } from '../../support/sample/bad.ts'
import type { BadFile } from '../../support/sample/bad.ts'

const folder = path.join(FIXTURES, '..', 'bad')
const committed = (name: string): Uint8Array => new Uint8Array(readFileSync(path.join(folder, name)))
const built = badFiles()
const expected = JSON.parse(new TextDecoder().decode(committed('expected.json'))) as Record<
  string,
  Omit<BadFile, 'name' | 'bytes'>
>
const named = built.map((file) => [file.name, file] as const)

/** What reading gives, slice by slice. */
async function read(bytes: Uint8Array, length = Infinity) {
  const found = { pages: [] as string[], failures: [] as string[], rejected: [] as string[] }
  const bodies: Uint8Array[] = []
  for (let start: number | null = 0; start !== null;) {
    let next: number | null = null
    for await (const event of readSlice(bytesSource(bytes), { start, length })) {
      if (event.kind === 'page') {
        found.pages.push(event.page.url)
        bodies.push(event.page.body)
      } else if (event.kind === 'failed') found.failures.push(event.failure.code)
      else if (event.kind === 'rejected') found.rejected.push(event.reason.code)
      else next = event.next
    }
    start = next
  }
  return { found, bodies }
}

describe('bad input', () => {
  it('is committed as the builder makes it', () => {
    expect(new Set(readdirSync(folder))).toEqual(new Set([...built.map(({ name }) => name), 'expected.json']))
    expect(expected).toEqual(
      Object.fromEntries(built.map(({ name, pages, failures, rejected }) => [name, { pages, failures, rejected }])),
    )
    for (const { bytes } of built) expect(bytes.length).toBeLessThan(20_000)
  })

  it.each(named)('%s: every fault has its name, and nothing round it is lost', async (name) => {
    const { found } = await read(committed(name))
    expect(found).toEqual(expected[name])
  })

  it.each(named)('%s gives the same pages from what is built now', async (name, file) => {
    const [before, now] = [await read(committed(name)), await read(file.bytes)]
    expect(before.bodies.map((body) => Buffer.from(body).toString())).toEqual(
      now.bodies.map((body) => Buffer.from(body).toString()),
    )
  })

  it.each(named)('%s gives the same whatever the length of its slices', async (name) => {
    const whole = await read(committed(name))
    for (const length of [1, 700, 4096]) expect(await read(committed(name), length)).toEqual(whole)
  })

  it('undoes every encoding to the same page', async () => {
    const { bodies } = await read(committed('encodings.warc.gz'))
    expect(new Set(bodies.map((body) => Buffer.from(body).toString())).size).toBe(1)
  })
})
