import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { duplicatePartitions } from '../../functions/platform/duplicate-partitions.ts'
import { memoryIndex } from '../../functions/seal/memory-index.ts'
import type { Claim } from '../../functions/seal/ports.ts'

const SEALS = [1, 2, 3, 4]
/** Ids of several partitions, few enough to meet. */
const id = fc.constantFrom(...Array.from({ length: 12 }, (_, i) => (i * 7).toString(16).padEnd(32, '0')))
/** Keys whose order differs between UTF-8 and UTF-16 are among them. */
const key = fc.constantFrom('a', 'b', 'a/b', 'Z', '', 'é', '中/文', '\uFF5E', '\u{1F600}', 'a\u{1F600}', "it's", '100%')
const plain = { noNullPrototype: true }
/** Bands of a text follow from it: some it shares with its neighbours, over all partitions, and one text has none. */
const bandsOf = (own: string): BigInt64Array | null => {
  const number = Number.parseInt(own.slice(0, 2), 16)
  if (number === 0) return null
  return BigInt64Array.from({ length: 14 }, (_, band) =>
    BigInt.asIntN(64, (BigInt(band % 3 === 0 ? number >> 4 : number) * 0x9e3779b97f4a7c15n) ^ BigInt(band)),
  )
}
const member = fc.record(
  {
    id,
    seal: fc.constantFrom(...SEALS),
    root: id,
    match: id,
    size: fc.nat(9),
  },
  plain,
)
const claim: fc.Arbitrary<Claim> = fc
  .record(
    {
      id,
      seal: fc.constantFrom(...SEALS),
      key,
      offset: fc.constantFrom(0, 1, 9, 10, 2 ** 40),
      index: fc.constantFrom(0, 1, 2),
      cell: fc.constantFrom('web/en/other', 'book/zh/all'),
      bucket: fc.constantFrom(null, 0, 77),
    },
    plain,
  )
  .map((own): Claim => ({ ...own, bands: bandsOf(own.id) }))
const seal = fc.constantFrom(...SEALS)
const operation = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constant('register' as const), claims: fc.array(claim, { maxLength: 25 }) }, plain),
  },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant('ask' as const), ids: fc.array(id, { maxLength: 12 }), seal }, plain),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('settle' as const), members: fc.array(member, { maxLength: 5 }) }, plain),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('release' as const), seal }, plain) },
)

describe('the duplicate index over Durable Objects', () => {
  const partitions = duplicatePartitions(env.DUPLICATES)

  beforeEach(async () => {
    for (const number of [...SEALS, 9]) await partitions.release(number)
  })

  it('answers as the one in memory, whatever is asked of both', async () => {
    let compared = 0
    let led = 0
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 6, maxLength: 14 }), async (operations) => {
        for (const number of SEALS) await partitions.release(number)
        const reference = memoryIndex()
        const isKnown = (own: string, number: number) => reference.ask([own], number).then(Boolean, () => false)
        for (const step of operations) {
          if (step.op === 'register') {
            await reference.register(step.claims)
            await partitions.register(step.claims)
          } else if (step.op === 'release') {
            await reference.release(step.seal)
            await partitions.release(step.seal)
          } else if (step.op === 'settle') {
            // One settlement of a document by a seal.
            const settled = [...new Map(step.members.map((own) => [`${own.id} ${own.seal}`, own])).values()]
            await reference.settle(settled)
            await partitions.settle(settled)
          } else {
            const known: string[] = []
            for (const own of step.ids) if (await isKnown(own, step.seal)) known.push(own)
            expect(await partitions.ask(known, step.seal)).toEqual(await reference.ask(known, step.seal))
            compared += known.length
            for (const own of step.ids) {
              const bands = bandsOf(own)
              if (bands === null) continue
              const answer = await reference.askBands(bands).catch(() => 'not registered')
              expect(await partitions.askBands(bands).catch(() => 'not registered')).toEqual(answer)
              if (typeof answer !== 'string') led += answer.length
            }
          }
        }
      }),
      { numRuns: 30, seed: 4 },
    )
    expect([compared > 100, led > 100]).toEqual([true, true])
  })

  it('refuses to answer for an id or a band that nobody registered', async () => {
    await expect(partitions.ask(['e'.repeat(32)], 1)).rejects.toThrow(/was never registered/)
    await expect(partitions.askBands(BigInt64Array.of(-(2n ** 63n)))).rejects.toThrow(/was never registered/)
  })

  it('takes more claims at once than one statement holds, with the longest keys there are', async () => {
    const claims = Array.from({ length: 5000 }, (_, i): Claim => ({
      id: (i >> 1).toString(16).padStart(32, '0'),
      seal: 9,
      key: `${'中'.repeat(341)}${i & 1}`,
      offset: i,
      index: 0,
      cell: 'security/en/security-international-relations',
      bucket: 99,
      bands: BigInt64Array.from(Array(14).keys(), (band) => BigInt.asIntN(64, BigInt(i >> 1) ** 5n * BigInt(band + 3))),
    }))
    await partitions.register(claims)
    const holdings = await partitions.ask(
      claims.map((own) => own.id),
      9,
    )
    expect(holdings.filter(({ size }) => size === 2)).toHaveLength(5000)
    expect(holdings.every(({ holder }) => holder.offset % 2 === 0)).toBe(true)
    const all = BigInt64Array.from(claims.flatMap(({ bands }) => [...(bands ?? [])]))
    expect(await partitions.askBands(all)).toHaveLength(70_000)
  })

  it('forgets nothing when a partition leaves memory', async () => {
    const own = 'a'.repeat(32)
    const place = { seal: 1, key: 'k', offset: 3, index: 0, cell: 'web/en/other', bucket: null }
    const bands = BigInt64Array.of(-(5n * 2n ** 60n), -(5n * 2n ** 60n) + 1n)
    await partitions.register([{ id: own, ...place, bands }])
    const settled = { id: own, seal: 1, root: 'b'.repeat(32), match: 'c'.repeat(32), size: 0 }
    await partitions.settle([settled])
    for (const name of ['partition-a', 'partition-b']) await evictDurableObject(env.DUPLICATES.getByName(name))
    expect(await partitions.ask([own], 1)).toEqual([
      { holder: place, size: 1, member: settled, joined: null, root: settled.root },
    ])
    expect(await partitions.askBands(bands)).toEqual([
      { seal: 1, id: own },
      { seal: 1, id: own },
    ])
  })
})
