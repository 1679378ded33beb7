/**
 * Clusters of near duplicates: the connected components of "shares a band with". docs/decisions/0004 says why these.
 *
 * Each document links to the holder of each of its bands, which connects all that share one: a star for every band,
 * and never more than 14 links a document. The links of a seal are joined by union-find (Tarjan 1975). A component of
 * new documents is stood for by the smallest id; one that reaches a document of an earlier seal by that cluster's root.
 * So the outcome is a function of the set of documents, whatever order they or their links came in.
 */
import { compareHolders, type BandHolder, type Member } from './ports.ts'

/** A document and the holders of its bands, itself left out. */
export type Links = readonly [id: string, holders: readonly BandHolder[]]

export interface Component {
  /** Ids of the sealing seal, ascending, and how each came in: a document that it shares a band with. */
  readonly documents: readonly { readonly id: string; readonly match: BandHolder }[]
  /** Documents of earlier seals that these share bands with. */
  readonly earlier: readonly BandHolder[]
}

export interface Graph {
  add(links: Links): void
  /** Documents that have a link, of this seal and of earlier ones. */
  readonly size: number
  components(): Generator<Component>
}

/** Costs about 170 bytes a document: its id, an entry of the map, and three numbers. */
export function openGraph(seal: number): Graph {
  const numbers = new Map<string, number>()
  const documents: BandHolder[] = []
  const parents: number[] = []
  /** The first neighbour in order. */
  const matches: number[] = []

  const nodeOf = (document: BandHolder): number => {
    const known = numbers.get(document.id)
    if (known !== undefined) return known
    const node = documents.push(document) - 1
    numbers.set(document.id, node)
    parents.push(node)
    return node
  }
  const rootOf = (node: number): number => {
    let at = node
    for (let parent = parents[at] ?? at; parent !== at; parent = parents[at] ?? at) {
      // Path halving: every node on the way skips one.
      parents[at] = parents[parent] ?? parent
      at = parents[at] ?? parent
    }
    return at
  }
  const meet = (node: number, other: number): void => {
    const [known, next] = [documents[matches[node] ?? -1], documents[other]]
    if (next !== undefined && (known === undefined || compareHolders(next, known) < 0)) matches[node] = other
  }
  const componentOf = (nodes: Iterable<number>): Component => {
    const all = Array.from(nodes, (node) => ({ document: documents[node], match: documents[matches[node] ?? -1] }))
    const own: { id: string; match: BandHolder }[] = []
    const earlier: BandHolder[] = []
    for (const { document, match } of all) {
      if (document === undefined || match === undefined) continue
      if (document.seal === seal) own.push({ id: document.id, match })
      else earlier.push(document)
    }
    return { documents: own.sort((a, b) => (a.id < b.id ? -1 : 1)), earlier: earlier.sort(compareHolders) }
  }
  return {
    get size() {
      return documents.length
    },
    add([id, holders]) {
      const node = nodeOf({ seal, id })
      for (const holder of holders) {
        const other = nodeOf(holder)
        meet(node, other)
        meet(other, node)
        const [a, b] = [rootOf(node), rootOf(other)]
        if (a !== b) parents[Math.max(a, b)] = Math.min(a, b)
      }
    },
    *components() {
      const roots = Uint32Array.from(documents.keys(), rootOf)
      const order = Uint32Array.from(documents.keys()).sort((a, b) => (roots[a] ?? 0) - (roots[b] ?? 0))
      for (let start = 0; start < order.length;) {
        let end = start + 1
        while (end < order.length && roots[order[end] ?? 0] === roots[order[start] ?? 0]) end++
        yield componentOf(order.subarray(start, end))
        start = end
      }
    },
  }
}

/**
 * What the seal settles about a component. `places` says how many places claimed an id; `roots` are the roots of its
 * earlier documents. Where a component joins several clusters that earlier seals kept apart, the first stands for all
 * from now on; the rows of the others are in shards, and stay.
 */
export function membersOf(
  { documents }: Component,
  { seal, roots, places }: { seal: number; roots: readonly BandHolder[]; places: (id: string) => number },
): Member[] {
  const [first, ...others] = roots.toSorted(compareHolders)
  const root = first?.id ?? documents[0]?.id
  if (root === undefined) return []
  const size = first === undefined ? documents.reduce((sum, { id }) => sum + places(id), 0) : 0
  const joined = others.filter(({ id }, i) => id !== root && others.findIndex((other) => other.id === id) === i)
  return [
    ...documents.map(({ id, match }): Member => ({ id, seal, root, match: match.id, size })),
    ...joined.map(({ id }): Member => ({ id, seal, root, match: documents[0]?.id ?? id, size })),
  ]
}
