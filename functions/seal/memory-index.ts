/** The duplicate index in memory, for the command line and as the reference that the Durable Object is tested against. */
import { comparePlaces, type Claim, type DuplicateIndex, type Place } from './ports.ts'

export function memoryIndex(): DuplicateIndex {
  const holders = new Map<string, Place[]>()
  return {
    async register(claims: readonly Claim[]) {
      for (const { id, ...place } of claims) {
        const places = holders.get(id)
        if (places === undefined) holders.set(id, [place])
        else if (!places.some((known) => comparePlaces(known, place) === 0)) {
          places.push(place)
          places.sort(comparePlaces)
        }
      }
    },
    async ask(ids, seal) {
      return ids.map((id) => {
        const places = holders.get(id)?.filter((place) => place.seal <= seal) ?? []
        const holder = places[0]
        if (holder === undefined) throw new Error(`id ${id} was never registered with the duplicate index`)
        return { holder, size: places.length }
      })
    },
    async release(seal) {
      for (const [id, places] of holders) {
        const left = places.filter((place) => place.seal !== seal)
        if (left.length === 0) holders.delete(id)
        else holders.set(id, left)
      }
    },
  }
}
