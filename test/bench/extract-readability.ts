/**
 * Readability's main text of a crawl, with linkedom's DOM: `extract-readability.ts CRAWL MODULES > NDJSON`, where MODULES is the
 * folder that both are installed in. The last line of stderr: pages, bytes, processor seconds from decoded bytes to text, pages
 * that failed. It runs beside, in a thread that is ended where a page takes longer than any should: one page would stop the run.
 */
import { createRequire } from 'node:module'
import path from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
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
interface Task {
  readonly body: Uint8Array
  readonly charset: string | null
}
interface Answer {
  readonly article: Article | null
  readonly seconds: number
  readonly error: string | null
}

const MAX_PAGE_MS = 60_000

async function readCrawl(): Promise<void> {
  const [crawl = '', modules = ''] = process.argv.slice(2)
  let worker = startWorker(modules)
  let [pages, bytes, seconds, failed] = [0, 0, 0, 0]
  for await (const event of readSlice(await fileSource(crawl))) {
    if (event.kind !== 'page') continue
    const { url, body, charset } = event.page
    const answer = await ask(worker, { body: body.slice(), charset })
    if (answer === null) {
      await worker.terminate()
      worker = startWorker(modules)
    }
    const { article, error } = answer ?? { article: null, error: `no answer in ${MAX_PAGE_MS / 1000} seconds` }
    seconds += answer?.seconds ?? MAX_PAGE_MS / 1000
    pages++
    bytes += body.length
    if (error !== null) {
      // A peer that fails on a page is scored as empty there, and counted.
      failed++
      process.stderr.write(`${url}: ${error}\n`)
    }
    const line = {
      url,
      text: article?.textContent ?? '',
      title: article?.title ?? null,
      author: article?.byline ?? null,
      date: article?.publishedTime ?? null,
    }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
  await worker.terminate()
  process.stderr.write(`${JSON.stringify({ pages, bytes, seconds, failed })}\n`)
}

const startWorker = (modules: string): Worker => new Worker(new URL(import.meta.url), { workerData: modules })

/** Null where the answer is late or the thread dies. */
function ask(worker: Worker, task: Task): Promise<Answer | null> {
  return new Promise((resolve) => {
    const settle = (answer: Answer | null): void => {
      clearTimeout(timer)
      worker.off('message', settle)
      worker.off('error', fail)
      resolve(answer)
    }
    const fail = (): void => settle(null)
    const timer = setTimeout(fail, MAX_PAGE_MS)
    worker.on('message', settle)
    worker.on('error', fail)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(task)
  })
}

function serve(): void {
  const load = createRequire(path.join(path.resolve(String(workerData)), 'package.json'))
  const { Readability } = load('@mozilla/readability') as { Readability: new (document: unknown) => Reader }
  const { parseHTML } = load('linkedom') as { parseHTML(this: void, html: string): { document: unknown } }
  const utf8 = new TextDecoder()
  parentPort?.on('message', ({ body, charset }: Task) => {
    const before = process.threadCpuUsage()
    let article: Article | null = null
    let error: string | null = null
    try {
      const decoded = decodeHtml(body, charset)
      if (decoded.kept) article = new Readability(parseHTML(utf8.decode(decoded.value.bytes)).document).parse()
    } catch (thrown) {
      error = String(thrown).slice(0, 150)
    }
    const { user, system } = process.threadCpuUsage(before)
    const answer: Answer = {
      // The article has its part of the document too, which cannot be sent.
      article:
        article === null
          ? null
          : {
              title: article.title ?? null,
              byline: article.byline ?? null,
              publishedTime: article.publishedTime ?? null,
              textContent: article.textContent ?? null,
            },
      seconds: (user + system) / 1e6,
      error,
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    parentPort?.postMessage(answer)
  })
}

if (isMainThread) await readCrawl()
else serve()
