/**
 * Our extraction over a crawl, as the extraction benchmark runs it: `extract-ours.ts CRAWL [FOLDS]`. One line of NDJSON a page;
 * the last line of stderr holds pages, bytes of decoded HTML and processor seconds from bytes to text and metadata: `seconds` when all
 * pages have been read once, as in a server, `firstSeconds` when none has, compiling included.
 * With a folder of fold models, every page is read with the model that was trained without its site.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileSource } from '../../cli/file-source.ts'
import { extract, extractWith } from '../../functions/extract/extract.ts'
import { unpackModel } from '../../functions/extract/unpack-model.ts'
import type { PackedModel } from '../../functions/extract/unpack-model.ts'
import type { Page } from '../../functions/page.ts'
import { decodeHtml } from '../../functions/read/charset.ts'
import { readSlice } from '../../functions/read/read-slice.ts'

const [crawl = '', folds] = process.argv.slice(2)
const readJson = (name: string): unknown => JSON.parse(readFileSync(path.join(folds ?? '', name), 'utf8'))
const foldOf = folds === undefined ? null : (readJson('pages.json') as Record<string, number>)
const models =
  folds === undefined ? [] : [0, 1, 2, 3, 4].map((fold) => unpackModel(readJson(`fold-${fold}.json`) as PackedModel))

const pages: Page[] = []
for await (const event of readSlice(await fileSource(crawl)))
  if (event.kind === 'page') pages.push({ ...event.page, body: event.page.body.slice() })

const first = timed()
const second = timed()
process.stdout.write(`${second.lines.join('\n')}\n`)
const { bytes, seconds } = second
process.stderr.write(`${JSON.stringify({ pages: pages.length, bytes, seconds, firstSeconds: first.seconds })}\n`)

function timed(): { lines: string[]; bytes: number; seconds: number } {
  const texts: string[] = []
  let size = 0
  const before = process.cpuUsage()
  for (const page of pages) {
    const decoded = decodeHtml(page.body, page.charset)
    if (!decoded.kept) continue
    size += page.body.length
    const { url } = page
    const html = decoded.value.bytes
    const model = models[foldOf?.[url] ?? -1]
    if (foldOf !== null && model === undefined)
      throw new Error(`${url} is in no fold: the fold models are of other pages`)
    const { title, author, date, pageType, text } =
      model === undefined ? extract(html, { url }) : extractWith(model, html, { url })
    texts.push(JSON.stringify({ url, title, author, date, pageType, text }))
  }
  const { user, system } = process.cpuUsage(before)
  return { lines: texts, bytes: size, seconds: (user + system) / 1e6 }
}
