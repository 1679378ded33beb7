/** What a seal says about every candidate that it drops. */
import { comparePlaces, type DuplicateIndex, type Holding, type Place } from './ports.ts'

/** A line about a duplicate: what it is, which document it matched, and which one stands for both. */
export interface DuplicateLine extends Omit<Place, 'seal'> {
  readonly match: 'exact' | 'near'
  readonly id: string
  readonly url: string
  readonly matched: Place & { readonly id: string }
  readonly holder: Place & { readonly id: string }
}

/** A candidate that is dropped, and what the index holds for its text. */
export interface Dropped {
  readonly id: string
  readonly url: string
  readonly place: Place
  readonly holding: Holding
}

/** Names what each duplicate matched, and what stands for both: of its cluster as it was when the holder was sealed. */
export async function duplicateLines(
  index: DuplicateIndex,
  dropped: readonly Dropped[],
  seal: number,
): Promise<DuplicateLine[]> {
  const named = [...new Set(dropped.flatMap(({ holding: { member } }) => (member ? [member.match, member.root] : [])))]
  const holdings = named.length === 0 ? [] : await index.ask(named, seal)
  const holders = new Map(named.map((id, i) => [id, holdings[i]?.holder]))
  return dropped.map(({ id, url, place, holding: { holder, member } }) => {
    const { key, offset, index: at } = place
    const isSame = comparePlaces(holder, place) !== 0
    const matched = isSame || member === null ? id : member.match
    const root = member?.root ?? id
    const nameOf = (own: string): DuplicateLine['matched'] => {
      const { seal: ownSeal, key: ownKey, offset: ownOffset, index: ownIndex } = holders.get(own) ?? holder
      return { id: own, seal: ownSeal, key: ownKey, offset: ownOffset, index: ownIndex }
    }
    const match = isSame ? 'exact' : 'near'
    return {
      match,
      id,
      url,
      key,
      offset,
      index: at,
      matched: nameOf(matched),
      holder: nameOf(root),
    }
  })
}
