/** A worker thread of line-pool.ts. */
import { parentPort } from 'node:worker_threads'
import type { Answer, Work } from './line-pool.ts'
import { BadLine, readLines } from './topic-lines.ts'

parentPort?.on('message', ({ lines, options }: Work) => {
  try {
    const batch = readLines(lines, options)
    send({ batch }, [batch.words.buffer])
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    send(error instanceof BadLine ? { badLine: message } : { failure: message }, [])
  }
})

function send(answer: Answer, moved: ArrayBuffer[]): void {
  parentPort?.postMessage(answer, moved)
}
