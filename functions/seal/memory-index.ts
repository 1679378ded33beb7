/** The duplicate index in memory, for the command line and as the reference that the Durable Object is tested against. */
import { bandTable } from './band-table.ts'
import {
  answered,
  compareHolders,
  comparePlaces,
  type BandHolder,
  type Claim,
  type DuplicateIndex,
  type Holding,
  type Member,
} from './ports.ts'

type Holder = Holding['holder']

export function memoryIndex(): DuplicateIndex {
  const holders = new Map<string, Holder[]>()
  /** By id, in the order of seals. */
  const members = new Map<string, Member[]>()
  const bands = bandTable()
  /** What the numbers of the band table mean. */
  const documents: BandHolder[] = []

  const offer = (claimed: BigInt64Array, document: BandHolder): void => {
    let number = -1
    const words = new Int32Array(claimed.buffer, claimed.byteOffset, 2 * claimed.length)
    for (let i = 0; i < words.length; i += 2) {
      const [low = 0, high = 0] = words.subarray(i, i + 2)
      const held = documents[bands.get(low, high)]
      if (held !== undefined && compareHolders(held, document) <= 0) continue
      if (number < 0) number = documents.push(document) - 1
      bands.set(low, high, number)
    }
  }
  const register = ({ id, seal, key, offset, index, cell, bucket, bands: own }: Claim): void => {
    const place = { seal, key, offset, index, cell, bucket }
    const places = holders.get(id)
    if (own !== null) offer(own, { seal, id })
    if (places === undefined) holders.set(id, [place])
    else if (!places.some((known) => comparePlaces(known, place) === 0)) {
      places.push(place)
      places.sort(comparePlaces)
    }
  }
  const find = (ids: readonly string[], seal: number): (Holding | null)[] =>
    ids.map((id) => {
      const places = holders.get(id)?.filter((place) => place.seal <= seal) ?? []
      const holder = places[0]
      if (holder === undefined) return null
      const settled = members.get(id)?.filter((member) => member.seal <= seal) ?? []
      const member = settled.find((own) => own.seal === holder.seal) ?? null
      const joined = settled.findLast((own) => own.seal !== holder.seal) ?? null
      return { holder, size: places.length, member, joined, root: (joined ?? member)?.root ?? id }
    })
  return {
    async register(claims) {
      for (const claim of claims) register(claim)
    },
    find: async (ids, seal) => find(ids, seal),
    ask: async (ids, seal) => answered(ids, find(ids, seal)),
    async askBands(asked) {
      const words = new Int32Array(asked.buffer, asked.byteOffset, 2 * asked.length)
      const found = Array.from(asked, (_, i) => documents[bands.get(words[2 * i] ?? 0, words[2 * i + 1] ?? 0)])
      return answered([...asked], found)
    },
    async settle(settled) {
      for (const member of settled) {
        const others = (members.get(member.id) ?? []).filter((known) => known.seal !== member.seal)
        members.set(
          member.id,
          [...others, member].sort((a, b) => a.seal - b.seal),
        )
      }
    },
    async release(seal) {
      release(holders, seal)
      release(members, seal)
      bands.retain((number) => documents[number]?.seal !== seal)
    },
  }
}

function release<T extends { readonly seal: number }>(entries: Map<string, T[]>, seal: number): void {
  for (const [id, own] of entries) {
    const left = own.filter((entry) => entry.seal !== seal)
    if (left.length === 0) entries.delete(id)
    else entries.set(id, left)
  }
}
