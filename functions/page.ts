/** The values that the stages hand on: page → document → candidate. Types only. */
import type { Source } from '../schema/shard.ts'
import type { UsageHeaders } from './kernel/usage-headers.ts'

/** One record as it came. `body` is HTML bytes in whatever charset; `text` is used instead where the record has plain text. */
export interface Page {
  readonly url: string
  readonly body: Uint8Array
  /** `html` bodies go through extraction, `text` bodies are main text already (WET, NDJSON `text`). */
  readonly kind: 'html' | 'text'
  readonly contentType: string | null
  /** From the HTTP header only. */
  readonly charset: string | null
  /** HTTP status of the response, 200 where there was none. */
  readonly status: number
  readonly fetchedAt: string | null
  readonly source: Source | null
  readonly lang: string | null
  /** Where it is known beside the text, as in a column of a table. */
  readonly title?: string
  /** What the response said of use; nothing where there was no response. */
  readonly usageHeaders?: UsageHeaders
  /** Where the record lies: byte offset of its member, record or line in the object, and its number inside that member. */
  readonly offset: number
  readonly index: number
}

/** What a page says of itself; null where it does not say. */
export interface PageMetadata {
  readonly title: string | null
  readonly author: string | null
  /** When it was published. */
  readonly date: string | null
  readonly pageType: string | null
  readonly declaredLang: string | null
  readonly canonicalUrl: string | null
  readonly licence: string | null
}

/** A page's main text with what extraction read beside it. */
export interface Extracted extends PageMetadata {
  /** Signs that keep machines out, by name (`extract/usage-signs.ts`). */
  readonly optOut: readonly string[]
  /** Blocks joined by newlines; never empty lines. */
  readonly text: string
}

/** A document that passed every rule and waits for the seal: a shard row without what only the seal knows. */
export interface Candidate extends PageMetadata {
  readonly id: string
  readonly url: string
  readonly source: Source
  readonly lang: string
  readonly langScore: number
  readonly topic: string
  readonly topicScore: number | null
  readonly text: string
  readonly chars: number
  readonly bytes: number
  readonly ppl: number | null
  readonly pplTokens: number
  readonly pplModel: string | null
  readonly bucket: number | null
  readonly quality: Readonly<Record<string, number>>
  /** MinHash bands, 14 × 8 bytes; null for a text shorter than a shingle. In chunks only. */
  readonly bands: Uint8Array | null
  readonly fetchedAt: string | null
  /** Names joined by a space; null where there is none. */
  readonly optOut: string | null
  readonly objectId: string
  readonly recordOffset: number
  readonly recordIndex: number
}
