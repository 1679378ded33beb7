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
import { readArguments } from './arguments.ts'
import { fileSource } from './file-source.ts'
import { showProgress } from './progress.ts'

const USAGE = `millrace extract [FILES…] [--url URL]

Reads WARC, WET, NDJSON and HTML files, plain or gzip, or one HTML page on stdin, and writes one line a page to stdout:
  {"id", "url", "title", "author", "date", "pageType", "lang", "text"}
in the order of the input; null where unknown, an empty text where the page has none or was turned away (why: on stderr).
id is <file>:<offset>:<record>: the file's number from 0, the byte offset of the gzip member or record, its number in it.

  --url URL   address of the page when the input is one HTML page`

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
    options: { url: { type: 'string' } },
  })
  const named = files.length > 0 ? files : ['-']
  const progress = showProgress('extract', { unit: 'pages' })
  for (const [number, name] of named.entries()) {
    const isStdin = name === '-'
    const source = isStdin ? bytesSource(await readStdin()) : await fileSource(name)
    const objectUrl = values.url ?? (isStdin ? '' : pathToFileURL(name).href)
    for await (const line of extractLines(source, { number, name, objectUrl })) {
      // Backpressure: a slow reader must not make us hold the whole output.
      if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
      progress.add(1)
    }
  }
  progress.done()
  return 0
}

interface Input {
  readonly number: number
  readonly name: string
  readonly objectUrl: string
}

export async function* extractLines(source: ByteSource, { number, name, objectUrl }: Input): AsyncGenerator<string> {
  const idOf = ({ offset, index }: { offset: number; index: number }): string => `${number}:${offset}:${index}`
  for await (const event of readSlice(source, { objectUrl })) {
    if (event.kind === 'page') {
      yield lineOf(idOf(event.page), event.page.url, extractPage(event.page))
    } else if (event.kind === 'rejected') {
      yield lineOf(idOf(event), event.url, EMPTY)
    } else if (event.kind === 'failed') {
      const { code, detail } = event.failure
      process.stderr.write(`millrace: ${name}: ${code} at byte ${event.offset}: ${detail}\n`)
      // Damage that took no page that we know of has no line.
      if (event.url !== null) yield lineOf(idOf(event), event.url, EMPTY)
    }
  }
}

function extractPage(page: Page): Extracted {
  const decoded = decodeHtml(page.body, page.charset)
  if (!decoded.kept) return EMPTY
  if (page.kind === 'html') return extract(decoded.value.bytes, { url: page.url, headers: page.usageHeaders ?? {} })
  return { ...EMPTY, text: new TextDecoder().decode(decoded.value.bytes) }
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
