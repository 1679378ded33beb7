/**
 * Readability's main text of a crawl, with linkedom's DOM: `extract-readability.ts CRAWL MODULES > NDJSON`, where MODULES is the
 * folder that both are installed in. The last line of stderr: pages, bytes, processor seconds from decoded bytes to text.
 */
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileSource } from '../../cli/file-source.ts'
import { decodeHtml } from '../../functions/read/charset.ts'
import { readSlice } from '../../functions/read/read-slice.ts'

interface Article {
  readonly title?: string | null
  readonly byline?: string | null
  readonly publishedTime?: string | null
  readonly textContent?: string | null
}
interface Reader {
  parse(): Article | null
}

const [crawl = '', modules = ''] = process.argv.slice(2)
const load = createRequire(path.join(path.resolve(modules), 'package.json'))
const { Readability } = load('@mozilla/readability') as { Readability: new (document: unknown) => Reader }
const { parseHTML } = load('linkedom') as { parseHTML(this: void, html: string): { document: unknown } }
const utf8 = new TextDecoder()

let [pages, bytes, seconds, failed] = [0, 0, 0, 0]
for await (const event of readSlice(await fileSource(crawl))) {
  if (event.kind !== 'page') continue
  const { url, body, charset } = event.page
  const before = process.cpuUsage()
  const decoded = decodeHtml(body, charset)
  let article: Article | null = null
  try {
    if (decoded.kept) article = new Readability(parseHTML(utf8.decode(decoded.value.bytes)).document).parse()
  } catch (error) {
    // A peer that fails on a page is scored as empty there, and counted.
    failed++
    process.stderr.write(`${url}: ${String(error).slice(0, 150)}\n`)
  }
  const { user, system } = process.cpuUsage(before)
  seconds += (user + system) / 1e6
  pages++
  bytes += body.length
  const line = {
    url,
    text: article?.textContent ?? '',
    title: article?.title ?? null,
    author: article?.byline ?? null,
    date: article?.publishedTime ?? null,
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
process.stderr.write(`${JSON.stringify({ pages, bytes, seconds, failed })}\n`)
