/** Pieces of files → batches of records in the pieces' order, by worker threads, or here where there is none. */
import { Worker } from 'node:worker_threads'
import type { RecordOptions } from './document-records.ts'
import { BadLine, readLines } from './topic-lines.ts'
import type { Lines, LinesBatch } from './topic-lines.ts'

export interface Work {
  readonly lines: Lines
  readonly options: RecordOptions
}

export type Answer = { readonly batch: LinesBatch } | { readonly badLine: string } | { readonly failure: string }

interface Waiting {
  readonly resolve: (batch: LinesBatch) => void
  readonly reject: (error: Error) => void
}

class LineWorker {
  readonly #worker = new Worker(new URL('line-worker.ts', import.meta.url))
  readonly #waiting: Waiting[] = []
  #failure: Error | null = null

  constructor() {
    this.#worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.shift()
      if ('batch' in answer) waiting?.resolve(answer.batch)
      else waiting?.reject('badLine' in answer ? new BadLine(answer.badLine) : new Error(answer.failure))
    })
    this.#worker.on('error', (error: Error) => {
      this.#failure = error
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    })
  }

  run(work: Work): Promise<LinesBatch> {
    // What is sent to a thread that has ended is never answered.
    if (this.#failure !== null) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#worker.postMessage(work, [work.lines.bytes.buffer as ArrayBuffer])
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

export class LinePool {
  readonly #workers: readonly LineWorker[]
  #turn = 0

  constructor(threads: number) {
    this.#workers = Array.from({ length: threads }, () => new LineWorker())
  }

  /** At most two pieces a thread are on their way. */
  async *run(works: AsyncIterable<Work>): AsyncGenerator<LinesBatch> {
    if (this.#workers.length === 0) {
      for await (const { lines, options } of works) yield readLines(lines, options)
      return
    }
    const underWay: Promise<LinesBatch>[] = []
    try {
      for await (const work of works) {
        const worker = this.#workers[this.#turn++ % this.#workers.length]
        if (worker) underWay.push(settledLater(worker.run(work)))
        const [next] = underWay
        if (next && underWay.length >= 2 * this.#workers.length) {
          yield await next
          void underWay.shift()
        }
      }
      for (const next of underWay) yield await next
    } finally {
      await Promise.allSettled(underWay)
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.end()))
  }
}

/** A failure is met when its turn comes, not before. */
function settledLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}
