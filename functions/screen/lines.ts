/** Lines as Python cuts them, and how much of a list of strings is said again. */
import { codePointLength } from './characters.ts'

// oxlint-disable-next-line no-control-regex -- these end a line in Python
const LINE_END = /\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/g
// oxlint-disable-next-line no-control-regex -- as above
const OTHER_LINE_END = /[\v\f\r\x1c-\x1e\x85\u2028\u2029]/

/**
 * Calls `visit` with the bounds of each line of `str.splitlines()`: no line after a final line end, none in an empty text. Says whether line
 * feeds are the only line ends.
 */
export function eachLine(text: string, visit: (start: number, end: number) => void): boolean {
  let start = 0
  const isPlain = !OTHER_LINE_END.test(text)
  if (isPlain) {
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      visit(start, end)
      start = end + 1
    }
  } else {
    for (const match of text.matchAll(LINE_END)) {
      visit(start, match.index)
      start = match.index + match[0].length
    }
  }
  if (start < text.length) visit(start, text.length)
  return isPlain
}

/** Items that were there before: how many, and their code points. The first of equals is not counted. */
export function duplicates(items: readonly string[]): { count: number; chars: number } {
  if (items.length < 2) return { count: 0, chars: 0 }
  const seen = new Set<string>()
  let count = 0
  let chars = 0
  for (const item of items) {
    const before = seen.size
    if (seen.add(item).size > before) continue
    count++
    chars += codePointLength(item)
  }
  return { count, chars }
}

/** Occurrences of `part`, not overlapping: Python's `str.count`. */
export function countOf(text: string, part: string): number {
  let count = 0
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++
  return count
}
