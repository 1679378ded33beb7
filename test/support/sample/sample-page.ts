/** One response of the sample crawl, with what should become of it. */
import type { Article } from './articles.ts'

export type Expected =
  | {
      readonly kind: 'good'
      readonly lang: string
      readonly topic: string
      readonly title: string
      readonly author: string | null
      readonly date: string
      readonly template: string
      /** Where the text is written: folder/file#number, for `expectedLines`. */
      readonly article: string
      /** Of the text's lines, joined by newlines. */
      readonly textSha256: string
    }
  | {
      readonly kind: 'rejected'
      readonly category: string
      readonly lang: string
      /** Each is the beginning of a name in the funnel: the page is counted under one of them. */
      readonly reasons: readonly string[]
      /** Of a duplicate: the page whose text it has. */
      readonly of?: string
    }

export interface SamplePage {
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly expected: Expected
}

export type ExpectedFile = Readonly<Record<string, Expected>>

export interface GoodPage {
  readonly article: Article
  readonly url: string
  readonly template: string
  readonly html: string
}
