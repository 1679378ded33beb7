/**
 * Near duplicates of a seal, in two steps: `linkChunk` asks for the holders of a chunk's bands and writes down those that
 * are other documents; `settleClusters` joins what all chunks wrote and tells the duplicate index.
 */
import { bandsOf } from '../kernel/bands.ts'
import { membersOf, openGraph, type Component, type Links } from './clusters.ts'
import { groupsOf, ROWS_PER_CALL } from './groups.ts'
import { besideChunk, placeOf, sealPrefix, type ChunkRef } from './judge.ts'
import { loadParquet } from './parquet-file.ts'
import {
  compareHolders,
  comparePlaces,
  type BandHolder,
  type BlobStore,
  type DuplicateIndex,
  type Place,
} from './ports.ts'

/**
 * Documents with near duplicates in one seal, and the earlier ones that they match: 170 bytes each while they are joined,
 * 34 MB in all. An open batch closes before it has as many candidates.
 */
export const MAX_LINKED = 200_000

/** Documents that are settled together: answers of 250 bytes each. */
const BLOCK = 10_000

export interface Clusters {
  /** Documents of the seal that share a band with another, of this seal or an earlier one. */
  readonly documents: number
  /** Clusters that came to be in this seal. */
  readonly clusters: number
  /** Documents that stood for clusters of earlier seals which this one found to be parts of others. */
  readonly joined: readonly string[]
}

const LINK_COLUMNS = ['id', 'bands', 'objectId', 'recordOffset', 'recordIndex'] as const

const linksKey = (seal: number, chunk: ChunkRef): string => besideChunk(seal, 'links', chunk, 'json')
export const clustersKey = (seal: number): string => `${sealPrefix(seal)}/clusters.json`

/** Writes the chunk's links; only the first place of each text has any. Every chunk of the seal is registered by now. */
export async function linkChunk(
  { store, index }: { store: BlobStore; index: DuplicateIndex },
  chunk: ChunkRef,
  { seal }: { seal: number },
): Promise<number> {
  const file = await loadParquet(store, chunk.key)
  const rows = await file.read(0, file.rows, LINK_COLUMNS)
  const links: Links[] = []
  for (const block of groupsOf(rows.length, ROWS_PER_CALL)) {
    const first = await firstPlaces(index, rows.slice(...block), (row) => placeOf(row, chunk, seal))
    links.push(...(await linksOf(index, first)))
  }
  await store.put(linksKey(seal, chunk), new TextEncoder().encode(JSON.stringify(links)))
  return links.length
}

interface Banded {
  readonly id: string
  readonly bands: BigInt64Array
}

/** Of these rows, those that are the first place of their text and have bands. */
async function firstPlaces(
  index: DuplicateIndex,
  rows: readonly Record<string, unknown>[],
  placeOfRow: (row: Record<string, unknown>) => Place,
): Promise<Banded[]> {
  const own = rows.map((row) => ({ id: String(row['id']), place: placeOfRow(row), bands: row['bands'] }))
  const ids = own.map(({ id }) => id)
  const seal = own[0]?.place.seal ?? 0
  const holdings = await index.ask(ids, seal)
  return own.flatMap(({ id, place, bands }, i) => {
    const holding = holdings[i]
    const isFirst = holding !== undefined && comparePlaces(holding.holder, place) === 0
    return isFirst && bands != null ? [{ id, bands: bandsOf(bands as Uint8Array) }] : []
  })
}

/** Documents that share a band with another, and the first document of each band that they share. */
async function linksOf(index: DuplicateIndex, documents: readonly Banded[]): Promise<Links[]> {
  const asked = new BigInt64Array(documents.reduce((sum, { bands }) => sum + bands.length, 0))
  let end = 0
  for (const { bands } of documents) {
    asked.set(bands, end)
    end += bands.length
  }
  const holders = await index.askBands(asked)
  let at = 0
  return documents.flatMap(({ id, bands }): Links[] => {
    const others = new Map<string, BandHolder>()
    for (const holder of holders.slice(at, (at += bands.length))) if (holder.id !== id) others.set(holder.id, holder)
    return others.size === 0 ? [] : [[id, [...others.values()].sort(compareHolders)]]
  })
}

/** Joins the links of all chunks. Throws when the seal has more near duplicates than one step can hold. */
export async function settleClusters(
  { store, index }: { store: BlobStore; index: DuplicateIndex },
  chunks: readonly ChunkRef[],
  { seal, maxLinked = MAX_LINKED }: { seal: number; maxLinked?: number },
): Promise<Clusters> {
  const graph = openGraph(seal)
  for (const chunk of chunks) {
    const bytes = await store.get(linksKey(seal, chunk))
    if (bytes === null) throw new Error(`${linksKey(seal, chunk)} is missing: the chunk was not linked before its seal`)
    for (const links of JSON.parse(new TextDecoder().decode(bytes)) as Links[]) graph.add(links)
    if (graph.size > maxLinked) {
      throw new Error(
        `seal ${seal} has more than ${maxLinked} documents with near duplicates, expected at most as many: ` +
          'likely the batch is very large; send its objects in several batches',
      )
    }
  }
  const totals = { documents: 0, clusters: 0 }
  const joined: string[] = []
  const settleBlock = async (components: readonly Component[]): Promise<void> => {
    const ids = components.flatMap(({ documents }) => documents.map(({ id }) => id))
    const holdings = await index.ask(ids, seal)
    const places = new Map(ids.map((id, i) => [id, holdings[i]?.size ?? 1]))
    const roots = await rootsOf(
      index,
      components.flatMap(({ earlier }) => earlier),
      seal - 1,
    )
    const settling = { seal, rootOf: (id: string) => roots.get(id), places: (id: string) => places.get(id) ?? 1 }
    const settled = components.map((component) => membersOf(component, settling))
    await index.settle(settled.flatMap(({ members, joined: others }) => [...members, ...others]))
    joined.push(...settled.flatMap(({ joined: others }) => others.map(({ id }) => id)))
    totals.documents += ids.length
    totals.clusters += components.filter(({ earlier }) => earlier.length === 0).length
  }
  let block: Component[] = []
  let size = 0
  for (const component of graph.components()) {
    block.push(component)
    size += component.documents.length + component.earlier.length
    if (size < BLOCK) continue
    await settleBlock(block)
    block = []
    size = 0
  }
  if (block.length > 0) await settleBlock(block)
  const clusters: Clusters = { ...totals, joined: joined.sort() }
  await store.put(clustersKey(seal), new TextEncoder().encode(JSON.stringify(clusters)))
  return clusters
}

/** For documents of earlier seals, the documents that stand for their clusters up to `seal`. */
async function rootsOf(
  index: DuplicateIndex,
  earlier: readonly BandHolder[],
  seal: number,
): Promise<ReadonlyMap<string, BandHolder>> {
  const leads = new Map<string, string>()
  const holders = new Map<string, BandHolder>()
  let open = [...new Set(earlier.map(({ id }) => id))]
  while (open.length > 0) {
    const next = new Set<string>()
    for (const [i, { holder, root }] of (await index.ask(open, seal)).entries()) {
      const id = open[i] ?? ''
      leads.set(id, root)
      holders.set(id, { seal: holder.seal, id })
      next.add(root)
    }
    open = [...next].filter((id) => !leads.has(id))
  }
  const follow = (id: string): string => {
    const lead = leads.get(id)
    return lead === undefined || lead === id ? id : follow(lead)
  }
  return new Map(
    earlier.flatMap(({ id }) => {
      const root = holders.get(follow(id))
      return root === undefined ? [] : [[id, root] as const]
    }),
  )
}
