/** A stream of `node:zlib` that is written to piece by piece and tells what each piece gave. */
import type { Transform } from 'node:stream'
import { plainBytes } from './gzip-member.ts'

export interface Given {
  readonly pieces: Uint8Array[]
  readonly fault: string | null
}

export function openDecoder(engine: Transform) {
  const pieces: Uint8Array[] = []
  let fault: string | null = null
  engine.on('data', (piece: Uint8Array) => pieces.push(plainBytes(piece)))
  const failed = new Promise<void>((resolve) => {
    engine.once('error', (error: Error) => {
      fault = error.message
      resolve()
    })
  })
  // Heard from the start: a stream may end before all is written, where padding follows it.
  const ended = new Promise<void>((resolve) => engine.once('end', resolve))
  return {
    async write(bytes: Uint8Array): Promise<Given> {
      const written = new Promise<void>((resolve) => engine.write(bytes, () => resolve()))
      await Promise.race([failed, written])
      return { pieces: pieces.splice(0), fault }
    },
    /** What is still inside when all was written. Throws where the stream is not complete. */
    async end(): Promise<Uint8Array[]> {
      engine.end()
      await Promise.race([failed, ended])
      if (fault !== null) throw new Error(fault)
      return pieces.splice(0)
    },
    close: (): void => {
      engine.destroy()
    },
  }
}
