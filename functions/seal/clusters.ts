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
  components(): Component[]
}

export function openGraph(seal: number): Graph {
  const numbers = new Map<string, number>()
  const documents: BandHolder[] = []
  const parents: number[] = []
  const matches: BandHolder[] = []

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
  const meet = (node: number, other: BandHolder): void => {
    const known = matches[node]
    if (known === undefined || compareHolders(other, known) < 0) matches[node] = other
  }
  return {
    get size() {
      return documents.length
    },
    add([id, holders]) {
      const own = { seal, id }
      const node = nodeOf(own)
      for (const holder of holders) {
        const other = nodeOf(holder)
        meet(node, holder)
        meet(other, own)
        const [a, b] = [rootOf(node), rootOf(other)]
        if (a !== b) parents[Math.max(a, b)] = Math.min(a, b)
      }
    },
    components() {
      const groups = new Map<number, number[]>()
      for (const node of documents.keys()) {
        const root = rootOf(node)
        const group = groups.get(root) ?? []
        groups.set(root, group)
        group.push(node)
      }
      return [...groups.values()].map((nodes): Component => {
        const all = nodes.flatMap((node) => {
          const [document, match] = [documents[node], matches[node]]
          return document === undefined || match === undefined ? [] : [{ document, match }]
        })
        all.sort((a, b) => compareHolders(a.document, b.document))
        return {
          documents: all.flatMap(({ document, match }) => (document.seal === seal ? [{ id: document.id, match }] : [])),
          earlier: all.flatMap(({ document }) => (document.seal === seal ? [] : [document])),
        }
      })
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
