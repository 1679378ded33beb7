/**
 * HTML → main text: one pass makes columns of elements and blocks (`scan.ts`), a decision picks the blocks
 * (`choose-blocks.ts`), what is picked becomes lines (`compose-text.ts`). Beside it what the page says of itself.
 */
import type { Extracted } from '../page.ts'
import { BLOCK_MODEL } from './block-model.ts'
import { chooseBlocks } from './choose-blocks.ts'
import { blockText, composeText } from './compose-text.ts'
import { linkedData } from './json-ld.ts'
import { declaredLanguage, emptyMetadata, metadataSink } from './metadata.ts'
import { pageAuthor } from './page-author.ts'
import { publicationDate } from './page-date.ts'
import { pageFacts } from './page-facts.ts'
import { pageTitle } from './page-title.ts'
import { pageType } from './page-type.ts'
import { createScanner } from './scan.ts'
import type { Scan } from './scan.ts'
import { T } from './tags.ts'
import { unpackModel } from './unpack-model.ts'
import type { BlockModel } from './unpack-model.ts'
import { takeByline } from './visible-byline.ts'

const scanPage = createScanner()
const shipped = unpackModel(BLOCK_MODEL)

/** `html` is UTF-8, as `decodeHtml` gives it. */
export const extract = (html: Uint8Array, { url }: { readonly url: string }): Extracted =>
  extractWith(shipped, html, { url })

/** The same with another model: out-of-fold figures need one that has not seen the page. */
export function extractWith(model: BlockModel, html: Uint8Array, { url }: { readonly url: string }): Extracted {
  const metadata = emptyMetadata()
  const scan = scanPage(html, metadataSink(metadata))
  const linked = linkedData(metadata.jsonLd)
  const facts = pageFacts(scan.blocks, { metadata, linked, url })
  const isKept = chooseBlocks(scan, { model, facts })
  const byline = takeByline(scan, isKept)
  const heading = firstHeading(scan)
  const title = pageTitle(metadata, heading?.text ?? null)
  // The title is beside the text, and copies of a page differ in where they put it.
  if (heading !== null && heading.text === title) isKept[heading.block] = 0
  const text = composeText(scan, isKept)
  return {
    title,
    author: pageAuthor(metadata, linked, byline.author),
    date: publicationDate(metadata, { url, visible: byline.date, linked }),
    pageType: pageType(metadata, linked),
    declaredLang: declaredLanguage(metadata),
    text,
  }
}

function firstHeading(scan: Scan): { text: string; block: number } | null {
  const { blocks, elements } = scan
  for (let block = 0; block < blocks.count; block++)
    for (
      let at = blocks.elements[block] as number, level = 0;
      at >= 0 && level < 3;
      at = elements.parents[at] as number, level++
    )
      if (elements.tags[at] === T.h1) return { text: blockText(scan, block), block }
  return null
}
