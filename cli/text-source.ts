/** Text to count n-grams of: a sentence a line, or lines of {"text": …}, as the first line says. */
import { textPieces } from '../models/training/ngram-corpus.ts'
import { UsageError } from './arguments.ts'
import { parseTextLine } from './lines.ts'

/** Pieces that end where lines end. A file whose first line is a JSON object is NDJSON, and has to be to its end. */
export async function* sourcePieces(file: string, progress?: (bytes: number) => void): AsyncGenerator<string> {
  let isNdjson: boolean | null = null
  let number = 0
  for await (const piece of textPieces(file, progress)) {
    isNdjson ??= beginsWithObject(piece)
    if (!isNdjson) {
      yield piece
      continue
    }
    const texts: string[] = []
    for (const line of piece.replace(/\n$/, '').split('\n')) {
      number++
      if (line.trim() !== '') texts.push(`${textOf(line.trim(), number, file)}\n`)
    }
    yield texts.join('')
  }
}

function textOf(line: string, number: number, file: string): string {
  try {
    return parseTextLine(line, number).text
  } catch (error) {
    // The line does not know whose it is.
    if (error instanceof UsageError) throw new UsageError(`${file}: ${error.message} (the file's first line is NDJSON)`)
    throw error
  }
}

function beginsWithObject(piece: string): boolean {
  const [line = ''] = piece.trimStart().split('\n', 1)
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
