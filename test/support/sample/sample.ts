/** The whole sample: pages in the order of the crawl, its records, what is expected of each, and the documents. */
import { lines, readArticles, readExtra } from './articles.ts'
import { choose } from './choose.ts'
import { documents } from './documents.ts'
import { extraPages, goodPage, goodPages } from './good-pages.ts'
import { rejectedPages } from './rejected-pages.ts'
import type { ExpectedFile, SamplePage } from './sample-page.ts'
import { concat, member, response, storedMember, warcinfo } from './warc.ts'

const CRAWL_BEGAN = Date.UTC(2025, 8, 14, 6)
const PAGE_MS = 7000

export function samplePages(): SamplePage[] {
  const good = [...goodPages('en'), ...goodPages('zh')]
  const originals = [...good.map(goodPage), ...extraPages()]
  const { rejected, copied } = splitCopies(rejectedPages(good))
  // A copy comes after what it copies, so that the first holder of the text is the one expected.
  return [...choose('order of the crawl').some([...originals, ...rejected], Infinity), ...copied]
}

const isCopy = ({ expected }: SamplePage): boolean => expected.kind === 'rejected' && expected.category === 'duplicate'

function splitCopies(pages: readonly SamplePage[]): { rejected: SamplePage[]; copied: SamplePage[] } {
  return { rejected: pages.filter((page) => !isCopy(page)), copied: pages.filter(isCopy) }
}

const crawlDate = (i: number): string => new Date(CRAWL_BEGAN + i * PAGE_MS).toISOString().replace('.000Z', 'Z')

/** One record a gzip member. The archive inside a page is stored, so that its own members lie bare in the file. */
export function sampleMembers(pages: readonly SamplePage[]): { gzip: Uint8Array; decoded: Uint8Array }[] {
  const info = warcinfo(crawlDate(0), 'web.warc.gz')
  const records = pages.map(({ url, status, headers, body }, i) => {
    const decoded = response({ url, date: crawlDate(i), status, headers, body })
    return { gzip: headers['Content-Type'] === 'application/gzip' ? storedMember(decoded) : member(decoded), decoded }
  })
  return [{ gzip: member(info), decoded: info }, ...records]
}

export const sampleWarc = (pages: readonly SamplePage[]): Uint8Array =>
  concat(sampleMembers(pages).map(({ gzip }) => gzip))

export const expectations = (pages: readonly SamplePage[]): ExpectedFile =>
  Object.fromEntries(pages.map(({ url, expected }) => [url, expected]))

export const documentLines = (): string =>
  documents()
    .map((page) => `${JSON.stringify(page)}\n`)
    .join('')

/** The text of a good page by the `article` of its expectation, a line a block. */
export function expectedLines(ref: string): string[] {
  const [lang = '', name = ''] = ref.split('/')
  const article =
    lang === 'extra'
      ? readExtra(name.replace(/#1$/, ''))
      : readArticles(lang).find((candidate) => candidate.ref === ref)
  if (article === undefined) throw new Error(`no article ${ref}`)
  return lines(article)
}
