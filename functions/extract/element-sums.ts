/**
 * What each element holds and stands in, from the columns of a scan: text, link text and blocks summed over all it
 * contains (one walk backwards: a child stands after its parent), tags and class words over all it is in (one walk
 * forwards). Cost: two looks at each element.
 */
import { C, NUM_COUNTS } from './block-table.ts'
import { HIDDEN, type ElementTable } from './element-table.ts'
import { HashMap, hashName } from './name-hash.ts'
import type { Scan } from './scan.ts'
import { T, TAG_NAMES } from './tags.ts'
import type { WordWeights } from './word-weights.ts'

/** Tags that a block's ancestors are asked for, a bit each; names on one line share it. */
export const PATH_TAGS = [
  'nav menu',
  'header',
  'footer',
  'aside',
  'article',
  'main',
  'form fieldset',
  'table',
  'ul ol',
  'li',
  'dl dt dd',
  'p',
  'pre',
  'blockquote',
  'section',
  'figure figcaption',
  'button',
  'select option',
  'h1',
  'h2',
  'h3',
  'h4 h5 h6',
  'td',
  'th',
  'label legend',
  'details summary',
  'dialog',
  'noscript',
  'address',
] as const
/** The bits after those of the tags: an ancestor is hidden, is of comments, is of what else there is to read. */
export const HIDDEN_BIT = PATH_TAGS.length
export const PLACES = ['inHidden', 'inComments', 'inRelated'] as const
/** Class words that say so, whatever they weigh: what is kept of a forum is left out of an article. */
const PLACE_OF_WORD = new HashMap([
  ...'comment comments commentlist reply replies respond responses disqus'
    .split(' ')
    .map((word) => [hashName(word), 1] as const),
  ...'related recommended recommend recommendations similar popular trending teaser teasers promo newsletter widget sidebar'
    .split(' ')
    .map((word) => [hashName(word), 2] as const),
])

const BIT_OF_TAG = Int32Array.from(TAG_NAMES, (name) => {
  const bit = PATH_TAGS.findIndex((names) => names.split(' ').includes(name))
  return bit < 0 ? 0 : 1 << bit
})

export class ElementSums {
  bytes = new Float32Array(1024)
  linkBytes = new Float32Array(1024)
  numBlocks = new Float32Array(1024)
  depths = new Int32Array(1024)
  path = new Int32Array(1024)
  /** Class words of the element itself: sum, largest, smallest; then the same over it and all that it is in. */
  own = new Float32Array(3 * 1024)
  all = new Float32Array(3 * 1024)
  /** Hash of the signatures of the element and its three nearest ancestors. */
  shape = new Int32Array(1024)

  sum({ elements, blocks }: Scan, words: WordWeights): void {
    const { count } = elements
    if (this.bytes.length < count || this.bytes.length > 1 << 17) this.allocate(count)
    const { bytes, linkBytes, numBlocks } = this
    bytes.fill(0, 0, count)
    linkBytes.fill(0, 0, count)
    numBlocks.fill(0, 0, count)
    for (let block = 0; block < blocks.count; block++) {
      const element = blocks.elements[block] as number
      bytes[element] = (bytes[element] as number) + (blocks.ends[block] as number) - (blocks.starts[block] as number)
      const links = blocks.counts[block * NUM_COUNTS + C.linkBytes] as number
      linkBytes[element] = (linkBytes[element] as number) + links
      numBlocks[element] = (numBlocks[element] as number) + 1
    }
    for (let element = count - 1; element > 0; element--) {
      const parent = elements.parents[element] as number
      bytes[parent] = (bytes[parent] as number) + (bytes[element] as number)
      linkBytes[parent] = (linkBytes[parent] as number) + (linkBytes[element] as number)
      numBlocks[parent] = (numBlocks[parent] as number) + (numBlocks[element] as number)
    }
    for (let element = 0; element < count; element++) {
      // What holds no text is asked for nothing.
      if (bytes[element] !== 0) this.inherit(elements, element, words)
    }
  }

  private inherit(elements: ElementTable, element: number, words: WordWeights): void {
    const { path, own, all, depths, shape } = this
    const parent = elements.parents[element] as number
    const bit = BIT_OF_TAG[elements.tags[element] as number] as number
    const hidden = ((elements.flags[element] as number) & HIDDEN) === 0 ? 0 : 1 << HIDDEN_BIT
    depths[element] = parent < 0 ? 0 : (depths[parent] as number) + 1
    let sum = 0
    let largest = 0
    let smallest = 0
    // What a page says of itself as a whole tells nothing of its parts.
    const isPage = elements.tags[element] === T.body || elements.tags[element] === T.html
    let places = bit | hidden | (parent < 0 ? 0 : (path[parent] as number))
    for (let i = elements.wordStarts[element] as number; i < (elements.wordStarts[element + 1] as number); i++) {
      const word = elements.words[i] as number
      const place = PLACE_OF_WORD.get(word)
      if (place >= 0 && !isPage) places |= 1 << (HIDDEN_BIT + place)
      const weight = words.get(word)
      sum += weight
      if (weight > largest) largest = weight
      if (weight < smallest) smallest = weight
    }
    path[element] = places
    const at = element * 3
    const up = parent * 3
    own[at] = sum
    own[at + 1] = largest
    own[at + 2] = smallest
    all[at] = parent < 0 ? sum : sum + (all[up] as number)
    all[at + 1] = parent < 0 ? largest : Math.max(largest, all[up + 1] as number)
    all[at + 2] = parent < 0 ? smallest : Math.min(smallest, all[up + 2] as number)
    let hash = 0
    for (let e = element, level = 0; e >= 0 && level < 4; e = elements.parents[e] as number, level++)
      hash = (Math.imul(hash, 0x01000193) + (elements.signatures[e] as number)) | 0
    shape[element] = hash
  }

  private allocate(count: number): void {
    const size = Math.max(1024, count * 2)
    const [bytes, linkBytes, numBlocks] = [new Float32Array(size), new Float32Array(size), new Float32Array(size)]
    const [depths, path, shape] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)]
    const [own, all] = [new Float32Array(size * 3), new Float32Array(size * 3)]
    Object.assign(this, { bytes, linkBytes, numBlocks, depths, path, shape, own, all })
  }
}
