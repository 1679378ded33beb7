/**
 * HTML → main text: one pass makes columns of elements and blocks (`scan.ts`), a decision picks the blocks
 * (`choose-blocks.ts`), what is picked becomes lines (`compose-text.ts`). Beside it what the page says of itself.
 */
import type { UsageHeaders } from '../kernel/usage-headers.ts'
import type { Extracted } from '../page.ts'
import { BLOCK_MODEL } from './block-model.ts'
import { chineseCredit } from './chinese-credit.ts'
import { chooseBlocks } from './choose-blocks.ts'
import { blockText, composeText } from './compose-text.ts'
import { headAuthor, headDates, tailAuthor, tailDate, threadAuthor } from './head-byline.ts'
import { firstAuthorSegments, headSegments, tailSegments } from './head-segments.ts'
import { linkedData } from './json-ld.ts'
import { declaredLanguage, emptyMetadata, metadataSink } from './metadata.ts'
import { pageAuthor } from './page-author.ts'
import { publicationDate } from './page-date.ts'
import { pageFacts } from './page-facts.ts'
import { pageTitle } from './page-title.ts'
import { isThreadUrl, pageType } from './page-type.ts'
import { createScanner } from './scan.ts'
import type { Scan } from './scan.ts'
import { T } from './tags.ts'
import { usageSigns } from './usage-signs.ts'
import { unpackModel } from './unpack-model.ts'
import type { BlockModel } from './unpack-model.ts'
import { takeByline } from './visible-byline.ts'

const scanPage = createScanner()
const shipped = unpackModel(BLOCK_MODEL)

export interface PageAddress {
  readonly url: string
  readonly headers?: UsageHeaders
}

/** `html` is UTF-8, as `decodeHtml` gives it. */
export const extract = (html: Uint8Array, { url, headers = {} }: PageAddress): Extracted =>
  extractWith(shipped, html, { url, headers })

/** The same with another model: out-of-fold figures need one that has not seen the page. */
export function extractWith(model: BlockModel, html: Uint8Array, { url, headers = {} }: PageAddress): Extracted {
  const metadata = emptyMetadata()
  const scan = scanPage(html, metadataSink(metadata))
  const linked = linkedData(metadata.jsonLd)
  const facts = pageFacts(scan.blocks, { metadata, linked, url })
  const isKept = chooseBlocks(scan, { model, facts })
  const heading = firstHeading(scan)
  const blocksOf = { first: isKept.indexOf(1), heading: heading?.block ?? -1 }
  const segments = once(() => headSegments(html, scan, blocksOf))
  const tail = once(() => tailSegments(html, scan, isKept))
  const credit = once(() => chineseCredit(scan, isKept))
  const byline = takeByline(scan, isKept)
  const title = pageTitle(metadata, heading?.text ?? null)
  const type = pageType(metadata, linked)
  const isForum = type === 'forum' || isThreadUrl(url)
  const shownAuthor = (): string | null =>
    (isForum ? threadAuthor(firstAuthorSegments(html)) : null) ??
    byline.author ??
    headAuthor(segments(), { isForum }) ??
    credit().author ??
    tailAuthor(tail())
  const shownDates = {
    head: once(() => headDates(segments())),
    byline: byline.date,
    credited: () => credit().date,
    tail: () => tailDate(tail()),
  }
  // The title is beside the text, and copies of a page differ in where they put it.
  if (heading !== null && heading.text === title) isKept[heading.block] = 0
  const text = composeText(scan, isKept)
  return {
    title,
    author: pageAuthor(metadata, linked, { shownAuthor, url }),
    date: publicationDate(metadata, { url, shown: shownDates, linked }),
    pageType: type,
    declaredLang: declaredLanguage(metadata),
    ...usageSigns(metadata, linked, { url, headers }),
    text,
  }
}

/** Most pages declare what would have to be looked for. */
function once<T extends object>(read: () => T): () => T {
  let value: T | null = null
  return () => (value ??= read())
}

function firstHeading(scan: Scan): { text: string; block: number } | null {
  const { blocks, elements } = scan
  for (let block = 0; block < blocks.count; block++)
    for (
      let at = blocks.elements[block] as number, level = 0;
      at >= 0 && level < 3;
      at = elements.parents[at] as number, level++
    )
      if (elements.tags[at] === T.h1) return { text: withoutAnchor(blockText(scan, block)), block }
  return null
}

/** Manuals put the sign of a link to the heading before or behind it. */
const withoutAnchor = (text: string): string => text.replace(/^[#§]\s+|\s*[¶#]$/g, '')
