/**
 * The duplicate index over Durable Objects: sixteen, by the first hex digit of an id or of a band. Each call asks every
 * partition at most once, whatever it carries: a chunk of 2,500 documents has 35,000 bands, 2,200 for each partition.
 */
import { answered, type BandHolder, type Claim, type DuplicateIndex, type Holding, type Member } from '../seal/ports.ts'
import type { BandClaim, DuplicatePartition } from '../seal/duplicates.do.ts'

const PARTITIONS = 16

const ofId = (id: string): number => Number.parseInt(id.charAt(0), PARTITIONS)
const ofBand = (band: bigint): number => Number(BigInt.asUintN(64, band) >> 60n)

/** Items by partition, each with its position. */
function group<T>(items: Iterable<T>, partitionOf: (item: T) => number): Map<number, { at: number; item: T }[]> {
  const groups = new Map<number, { at: number; item: T }[]>()
  let at = 0
  for (const item of items) {
    const partition = partitionOf(item)
    const own = groups.get(partition) ?? []
    groups.set(partition, own)
    own.push({ at: at++, item })
  }
  return groups
}

export function duplicatePartitions(namespace: DurableObjectNamespace<DuplicatePartition>): DuplicateIndex {
  const partition = (number: number) => namespace.getByName(`partition-${number.toString(PARTITIONS)}`)

  /** Asks partitions side by side and puts their answers in the order of `items`. */
  async function gather<T, Answer>(
    items: Iterable<T>,
    partitionOf: (item: T) => number,
    ask: (stub: DurableObjectStub<DuplicatePartition>, own: T[]) => Promise<Answer[]>,
  ): Promise<Answer[]> {
    const answers: Answer[] = []
    await Promise.all(
      [...group(items, partitionOf)].map(async ([number, own]) => {
        const found = await ask(
          partition(number),
          own.map(({ item }) => item),
        )
        for (const [i, { at }] of own.entries()) {
          const answer = found[i]
          if (answer !== undefined) answers[at] = answer
        }
      }),
    )
    return answers
  }

  const find = (ids: readonly string[], seal: number): Promise<(Holding | null)[]> =>
    gather<string, Holding | null>(ids, ofId, async (stub, own) => stub.find(own, seal))

  return {
    async register(claims: readonly Claim[]) {
      const places = Array.from({ length: PARTITIONS }, (): Omit<Claim, 'bands'>[] => [])
      const bands = Array.from({ length: PARTITIONS }, (): BandClaim[] => [])
      for (const { bands: own, ...place } of claims) {
        places[ofId(place.id)]?.push(place)
        for (const band of own ?? []) bands[ofBand(band)]?.push([String(band), place.seal, place.id])
      }
      await Promise.all(
        places.map(async (own, number) => {
          const ownBands = bands[number] ?? []
          if (own.length + ownBands.length > 0) await partition(number).register(own, ownBands)
        }),
      )
    },
    find,
    ask: async (ids, seal) => answered(ids, await find(ids, seal)),
    async askBands(bands) {
      const found = await gather<bigint, BandHolder | null>(bands, ofBand, async (stub, own) =>
        stub.findBands(own.map(String)),
      )
      return answered([...bands], found)
    },
    async settle(members: readonly Member[]) {
      await Promise.all(
        [...group(members, ({ id }) => ofId(id))].map(([number, own]) =>
          partition(number).settle(own.map(({ item }) => item)),
        ),
      )
    },
    async release(seal) {
      await Promise.all(Array.from({ length: PARTITIONS }, (_, number) => partition(number).release(seal)))
    },
  }
}
