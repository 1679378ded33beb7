/**
 * A file of lines, plain, gzip or zstd, in pieces of whole lines. Memory: a piece, and the longest line.
 */
import { DamagedFile, PIECE_BYTES, unpackedPieces } from './packed-file.ts'

/** A line longer than this is no document: the file has no line ends, or is of another kind. */
const MOST_LINE_BYTES = 2 ** 28

export interface LineChunk {
  /** Whole lines, the last one's end perhaps left out at the file's end. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Number of the first line. */
  readonly first: number
}

export async function* lineChunks(file: string, progress?: (bytes: number) => void): AsyncGenerator<LineChunk> {
  let parts: Uint8Array[] = []
  let waiting = 0
  let first = 1
  const take = (last: Uint8Array): LineChunk => {
    const bytes = new Uint8Array(waiting + last.length)
    let at = 0
    for (const part of [...parts, last]) {
      bytes.set(part, at)
      at += part.length
    }
    parts = []
    waiting = 0
    const chunk = { bytes, first }
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, end + 1)) first++
    return chunk
  }
  for await (const piece of unpackedPieces(file, progress)) {
    const end = piece.lastIndexOf(10) + 1
    if (end > 0 && waiting + end >= PIECE_BYTES) {
      yield take(piece.subarray(0, end))
      parts = [piece.subarray(end)]
      waiting = piece.length - end
    } else {
      parts.push(piece)
      waiting += piece.length
      if (waiting > MOST_LINE_BYTES) {
        throw new DamagedFile(`line ${first}: ${waiting} bytes and no line end, expected a JSON object a line`)
      }
    }
  }
  if (waiting > 0) yield take(new Uint8Array(0))
}
