/**
 * What a page says of itself that tells its main text from the rest: the kind it declares, the shape of its address, and where in
 * its blocks the declared title and description stand. Pages of different kinds keep different things: an article its body
 * alone, a shop or a list what a reader came for.
 */
import { Buffer } from 'node:buffer'
import type { BlockTable } from './block-table.ts'
import type { LinkedData } from './json-ld.ts'
import { firstMeta } from './metadata.ts'
import type { Metadata } from './metadata.ts'
import { declaresArticle } from './page-type.ts'

/** One number a page each. */
export const FACTS = [
  'declaresArticle',
  'declaresPosts',
  'declaresProduct',
  'declaresList',
  'declaresSite',
  'declaresNothing',
  'addressDepth',
  'addressHyphens',
  'addressDigits',
] as const

export interface PageFacts {
  /** By FACTS. */
  readonly values: readonly number[]
  /** The first block that says the title, and the first that begins the description; -1 where none does. */
  readonly title: number
  readonly description: number
}

export const fact = ({ values }: PageFacts, name: (typeof FACTS)[number]): number => values[FACTS.indexOf(name)] ?? 0

/** Shorter needles are found anywhere; of longer ones the beginning is enough. */
const MIN_NEEDLE_BYTES = 12
const MAX_NEEDLE_BYTES = 40
const MAX_ADDRESS = 300

interface Page {
  readonly metadata: Metadata
  readonly linked: LinkedData
  readonly url: string
}

export function pageFacts(blocks: BlockTable, { metadata, linked, url }: Page): PageFacts {
  const isOf = (pattern: RegExp): number => ([...linked.types].some((type) => pattern.test(type)) ? 1 : 0)
  const openGraph = firstMeta(metadata, ['og:type'])?.toLowerCase() ?? ''
  const path = url.slice(0, MAX_ADDRESS).replace(/^[a-z]+:\/\/[^/?#]*/i, '')
  const segments = path
    .replace(/[?#].*$/, '')
    .split('/')
    .filter((part) => part !== '')
  const last = segments.at(-1) ?? ''
  const article = declaresArticle(metadata, linked) ? 1 : 0
  const text = Buffer.from(blocks.text.buffer, blocks.text.byteOffset, blocks.length)
  const title = firstMeta(metadata, ['og:title', 'twitter:title']) ?? metadata.title
  const description = firstMeta(metadata, ['og:description', 'description', 'twitter:description'])
  return {
    values: [
      article,
      isOf(/^(?:DiscussionForumPosting|QAPage|Question|Comment|SocialMediaPosting)$/),
      isOf(/^(?:Product|ProductGroup|Offer)$/) || Number(/product/.test(openGraph)),
      isOf(/^(?:CollectionPage|ItemList|SearchResultsPage)$/),
      Number(openGraph === 'website'),
      Number(article === 0 && openGraph === '' && linked.types.size === 0),
      segments.length,
      last.split('-').length - 1,
      /\d+/.exec(last)?.[0].length ?? 0,
    ],
    title: blockThatSays(text, blocks, title),
    description: blockThatSays(text, blocks, description),
  }
}

function blockThatSays(text: Buffer, blocks: BlockTable, said: string | null): number {
  if (said === null) return -1
  const needle = Buffer.from(said.replace(/\s+/g, ' ').trim())
  if (needle.length < MIN_NEEDLE_BYTES) return -1
  const at = text.indexOf(needle.subarray(0, MAX_NEEDLE_BYTES))
  return at < 0 ? -1 : blockAt(blocks, at)
}

/** The block that holds the byte at `at`. */
function blockAt({ starts, count }: BlockTable, at: number): number {
  let [low, high] = [0, count - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] as number) <= at) low = middle
    else high = middle - 1
  }
  return low
}
