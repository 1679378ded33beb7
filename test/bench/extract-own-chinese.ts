/** The repository's Chinese pages as a crawl and a gold file, as the scorer and the peers read them. */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

const FOLDER = path.join(import.meta.dirname, '../fixtures/pages-zh')

interface Line {
  readonly file: string
  readonly title: string
  readonly author: string | null
  readonly date: string | null
  readonly url: string
}

/** Writes `own-zh.warc.gz` and `own-zh.gold.jsonl.gz` into `folder`: one record a page, without a charset in its head. */
export function writeOwnChinese(folder: string): { readonly pages: string; readonly gold: string } {
  mkdirSync(folder, { recursive: true })
  const records: Buffer[] = []
  const lines: string[] = []
  for (const index of readdirSync(FOLDER).filter((name) => /^index-.*\.ndjson$/.test(name)))
    for (const text of readFileSync(path.join(FOLDER, index), 'utf8').trim().split('\n')) {
      const { file, title, author, date, url } = JSON.parse(text) as Line
      records.push(gzipSync(recordOf(url, readFileSync(path.join(FOLDER, file)))))
      const gold = readFileSync(path.join(FOLDER, file.replace('.html', '.txt')), 'utf8')
      lines.push(JSON.stringify({ url, set: 'own-zh', text: gold, title, author, date }))
    }
  const [pages, gold] = [path.join(folder, 'own-zh.warc.gz'), path.join(folder, 'own-zh.gold.jsonl.gz')]
  writeFileSync(pages, Buffer.concat(records))
  writeFileSync(gold, gzipSync(lines.join('\n')))
  return { pages, gold }
}

/** A response as WARC 1.1 (ISO 28500:2017) has it. */
function recordOf(url: string, body: Buffer): Buffer {
  const http = Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n'), body])
  const head = [
    'WARC/1.1',
    'WARC-Type: response',
    `WARC-Record-ID: <urn:sha1:${createHash('sha1').update(url).digest('hex')}>`,
    `WARC-Target-URI: ${url}`,
    'WARC-Date: 2026-01-01T00:00:00Z',
    'Content-Type: application/http; msgtype=response',
    `Content-Length: ${http.length}`,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), http, Buffer.from('\r\n\r\n')])
}
