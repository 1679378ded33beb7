/**
 * A file's lines with their numbers, as a stream: plain or gzip, ended by line feeds with or without a carriage return.
 * Memory: one chunk of the file and one line of at most `MAX_LINE` bytes.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'

export class DamagedArpa extends Error {
  override readonly name = 'DamagedArpa'

  constructor(file: string, line: number, detail: string, options?: ErrorOptions) {
    super(`${file}: line ${line}: ${detail}`, options)
  }
}

/** Longer than any n-gram of six words that are words. */
const MAX_LINE = 2 ** 20

/** What other kinds of file begin with. */
const FOREIGN: readonly (readonly [string, string])[] = [
  [
    'mmap lm http://kheafield.com/code',
    "a binary model of KenLM's build_binary: import the ARPA file that it was built from",
  ],
  ['BZh', 'a bzip2 file: decompress it first (bunzip2 -k FILE)'],
  ['\xfd7zXZ', 'an xz file: decompress it first (unxz -k FILE)'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard file: decompress it first (unzstd FILE)'],
  ['PK\x03\x04', 'a zip archive: unpack it first'],
  ['MRNG', 'an n-gram model of Millrace already'],
]

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(40), 0, 40, 0)
    const head = buffer.toString('latin1', 0, bytesRead)
    const foreign = FOREIGN.find(([magic]) => head.startsWith(magic))
    if (foreign !== undefined) throw new DamagedArpa(file, 1, `found ${foreign[1]}, expected an ARPA file`)
    if (bytesRead === 0) throw new DamagedArpa(file, 1, 'the file is empty, expected \\data\\')
    return head.startsWith('\x1f\x8b')
  } finally {
    await handle.close()
  }
}

export interface LineReader {
  /** Without its end; false stops the reading. Numbers begin at 1. */
  readonly line: (text: string, number: number) => boolean
  /** Bytes of the file that were read since the last call. */
  readonly progress?: (bytes: number) => void
}

/** Returns the number of lines. */
export async function readArpaLines(file: string, { line, progress }: LineReader): Promise<number> {
  const isPacked = await isGzip(file)
  // A stream with a listener flows at once: nothing is awaited between here and the loop.
  const raw = createReadStream(file, { highWaterMark: 2 ** 20 })
  raw.on('data', (chunk) => progress?.(chunk.length))
  const bytes = isPacked ? raw.pipe(createGunzip({ chunkSize: 2 ** 20 })) : raw
  // `pipe` hands no errors on.
  raw.on('error', (error) => bytes.destroy(error))
  let number = 0
  let rest: Buffer = Buffer.alloc(0)
  const take = (chunk: Buffer, from: number, to: number): boolean => {
    const end = to > from && chunk[to - 1] === 0x0d ? to - 1 : to
    const text = chunk.toString('utf8', from, end)
    number++
    // Not every U+FFFD is an error: a word may be just that.
    if (text.includes('\ufffd') && !Buffer.from(text).equals(chunk.subarray(from, end))) {
      throw new DamagedArpa(file, number, 'the bytes are not UTF-8: likely a model made from text in another encoding')
    }
    return line(text, number)
  }
  try {
    for await (const read of bytes) {
      const chunk = rest.length === 0 ? (read as Buffer) : Buffer.concat([rest, read as Buffer])
      let from = 0
      for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, from)) {
        if (!take(chunk, from, at)) return number
        from = at + 1
      }
      rest = chunk.subarray(from)
      if (rest.length > MAX_LINE) {
        throw new DamagedArpa(file, number + 1, `is longer than ${MAX_LINE} bytes: likely no ARPA file`)
      }
    }
  } catch (error) {
    if (!(error instanceof Error) || !/^Z_|^ERR_ZLIB/.test((error as NodeJS.ErrnoException).code ?? '')) throw error
    throw new DamagedArpa(file, number + 1, `the gzip data break off or are damaged (${error.message})`, {
      cause: error,
    })
  } finally {
    raw.destroy()
  }
  if (rest.length > 0) take(rest, 0, rest.length)
  return number
}
