/** `millrace extract FILES…`: main text of pages, one line of NDJSON a page. */
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { extract } from '../functions/extract/extract.ts'
import type { Extracted, Page } from '../functions/page.ts'
import { bytesSource } from '../functions/read/byte-source.ts'
import type { ByteSource } from '../functions/read/byte-source.ts'
import { decodeHtml } from '../functions/read/charset.ts'
import { readSlice } from '../functions/read/read-slice.ts'
import { detectLanguage } from '../functions/screen/language.ts'
import type { TextColumns } from '../schema/text-columns.ts'
import { readArguments } from './arguments.ts'
import { COLUMN_OPTIONS, COLUMN_USAGE, columnsOf } from './column-options.ts'
import { fileSource } from './file-source.ts'
import { sizesOf } from './input-files.ts'
import { showProgress } from './progress.ts'

const USAGE = `millrace extract [FILES…] [--url URL]

Reads WARC, WET, NDJSON and HTML files, plain, gzip or zstd, and Parquet files with a text column, or one page on stdin,
and writes one line a page to stdout:
  {"id", "url", "title", "author", "date", "pageType", "lang", "text"}
in the order of the input; null where unknown, an empty text where the page has none or was turned away (why: on stderr).
id is <file>:<offset>:<record>: the file's number from 0, the byte offset of the gzip member or record, its number in it.

  --url URL             address of the page when the input is one HTML page
${COLUMN_USAGE}`

const EMPTY: Extracted = {
  title: null,
  author: null,
  date: null,
  pageType: null,
  declaredLang: null,
  canonicalUrl: null,
  licence: null,
  optOut: [],
  text: '',
}

export async function extractCommand(args: string[]): Promise<number> {
  const { values, positionals: files } = readArguments(args, {
    usage: USAGE,
    positionals: { name: 'file', max: Number.POSITIVE_INFINITY },
    options: { ...COLUMN_OPTIONS, url: { type: 'string' } },
  })
  const named = files.length > 0 ? files : ['-']
  const columns = columnsOf(values)
  await sizesOf(named.filter((name) => name !== '-'))
  let pages = 0
  const progress = showProgress('extract', { unit: 'pages' })
  for (const [number, name] of named.entries()) {
    const isStdin = name === '-'
    const source = isStdin ? bytesSource(await readStdin()) : await fileSource(name)
    const objectUrl = values.url ?? (isStdin ? '' : pathToFileURL(name).href)
    for await (const { line, isRead } of extractLines(source, { number, name, objectUrl, columns })) {
      // Backpressure: a slow reader must not make us hold the whole output.
      if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
      progress.add(1)
      if (isRead) pages += 1
    }
  }
  progress.done()
  if (pages > 0) return 0
  process.stderr.write(
    `millrace: no page could be read in ${named.map((name) => (name === '-' ? 'stdin' : name)).join(', ')}\n`,
  )
  return 1
}

interface Input {
  readonly number: number
  readonly name: string
  readonly objectUrl: string
  readonly columns?: TextColumns
}

interface Line {
  readonly line: string
  /** False for a record that is damaged: its line keeps its place. */
  readonly isRead: boolean
}

async function* extractLines(
  source: ByteSource,
  { number, name, objectUrl, columns = {} }: Input,
): AsyncGenerator<Line> {
  const idOf = ({ offset, index }: { offset: number; index: number }): string => `${number}:${offset}:${index}`
  for await (const event of readSlice(source, { objectUrl, columns })) {
    if (event.kind === 'page') {
      yield { line: lineOf(idOf(event.page), event.page.url, extractPage(event.page)), isRead: true }
    } else if (event.kind === 'rejected') {
      // A revisit is another page's record once more, not a page without text.
      if (event.reason.code !== 'record-type') yield { line: lineOf(idOf(event), event.url, EMPTY), isRead: true }
    } else if (event.kind === 'failed') {
      const { code, detail } = event.failure
      process.stderr.write(`millrace: ${name}: ${code} at byte ${event.offset}: ${detail}\n`)
      // Damage that took no page that we know of has no line.
      if (event.url !== null) yield { line: lineOf(idOf(event), event.url, EMPTY), isRead: false }
    }
  }
}

function extractPage(page: Page): Extracted {
  const decoded = decodeHtml(page.body, page.charset)
  if (!decoded.kept) return EMPTY
  if (page.kind === 'html') return extract(decoded.value.bytes, { url: page.url, headers: page.usageHeaders ?? {} })
  return { ...EMPTY, title: page.title ?? null, text: new TextDecoder().decode(decoded.value.bytes) }
}

function lineOf(id: string, url: string | null, { title, author, date, pageType, text }: Extracted): string {
  // The language of the text, whatever the page declares.
  const lang = text === '' ? null : languageOf(text)
  return JSON.stringify({ id, url: url === '' ? null : url, title, author, date, pageType, lang, text })
}

function languageOf(text: string): string | null {
  const { lang } = detectLanguage(text)
  return lang === 'und' ? null : lang
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array)
  return new Uint8Array(Buffer.concat(chunks))
}
