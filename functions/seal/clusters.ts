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
  /** Documents of earlier seals that these share bands with, and one of those that each shares one with. */
  readonly earlier: readonly (BandHolder & { readonly match: string })[]
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
    const earlier: (BandHolder & { match: string })[] = []
    for (const { document, match } of all) {
      if (document === undefined || match === undefined) continue
      if (document.seal === seal) own.push({ id: document.id, match })
      else earlier.push({ ...document, match: match.id })
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

export interface Settling {
  readonly seal: number
  /** The document that stands for the cluster of an earlier one. */
  readonly rootOf: (id: string) => BandHolder | undefined
  /** How many places claimed an id. */
  readonly places: (id: string) => number
}

/**
 * What the seal settles about a component. Where it joins several clusters that earlier seals kept apart, the first
 * stands for all from now on, and the others' documents are `joined`: their rows, which are in shards, are taken back.
 */
export function membersOf({ documents, earlier }: Component, { seal, rootOf, places }: Settling) {
  const matches = new Map<string, string>()
  const roots = new Map<string, BandHolder>()
  for (const { id, match } of earlier) {
    const root = rootOf(id)
    if (root === undefined) continue
    roots.set(root.id, root)
    if (!matches.has(root.id)) matches.set(root.id, match)
  }
  const [first, ...others] = [...roots.values()].sort(compareHolders)
  const root = first?.id ?? documents[0]?.id ?? ''
  const size = first === undefined ? documents.reduce((sum, { id }) => sum + places(id), 0) : 0
  const member = (id: string, match = id): Member => ({ id, seal, root, match, size })
  return {
    members: documents.map(({ id, match }) => member(id, match.id)),
    joined: others.map(({ id }) => member(id, matches.get(id))),
  }
}
