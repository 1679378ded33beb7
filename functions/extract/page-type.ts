/** What kind of page it is, where the page declares it (schema.org types, Open Graph); null otherwise: nothing is guessed. */
import type { LinkedData } from './json-ld.ts'
import { firstMeta } from './metadata.ts'
import type { Metadata } from './metadata.ts'

export type PageType = 'article' | 'documentation' | 'forum' | 'product' | 'collection'

const TYPES: readonly (readonly [PageType, RegExp])[] = [
  ['forum', /^(?:DiscussionForumPosting|QAPage|Question)$/],
  ['documentation', /^(?:TechArticle|APIReference)$/],
  ['product', /^(?:Product|ProductGroup)$/],
  ['article', /(?:Article|BlogPosting)$/],
  ['collection', /^CollectionPage$/],
]

export function pageType(metadata: Metadata, { types }: LinkedData): PageType | null {
  for (const [type, names] of TYPES) for (const name of types) if (names.test(name)) return type
  const openGraph = firstMeta(metadata, ['og:type'])?.toLowerCase() ?? ''
  if (/^(?:og:|product\.)?product/.test(openGraph)) return 'product'
  return openGraph === 'article' ? 'article' : null
}

/** Anything that makes a page an article, whatever else it is: half of the shops' guides are declared as both. */
export const declaresArticle = (metadata: Metadata, { types }: LinkedData): boolean =>
  metadata.metas.get('og:type') === 'article' ||
  metadata.metas.has('article:published_time') ||
  [...types].some((name) => /(?:Article|BlogPosting)$/.test(name))

const THREAD_URL =
  /(?:^https?:\/\/|[/.])(?:forums?|boards?|bbs|community|discuss|discussions?|threads?|topics?|questions)(?:[/.-])|viewtopic|showthread|\/t\/|\/comments\/|thread-\d/i

/** Whether an address looks like one of a thread: what is marked as an author there is a user. */
export const isThreadUrl = (url: string): boolean => THREAD_URL.test(url)
