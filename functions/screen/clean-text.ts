/**
 * Text that every later reader can hold: well-formed UTF-16, lines ended by a line feed, no NUL, no byte order mark, nothing blank at the
 * ends. A lone surrogate becomes U+FFFD, as it would on the way to UTF-8.
 */
import { strip } from './characters.ts'

// oxlint-disable-next-line no-control-regex -- NUL is what it looks for
const DROPPED = /[\u0000\ufeff]/g

export function cleanText(text: string): string {
  const dropped = text.replace(DROPPED, '')
  const lines = dropped.includes('\r') ? dropped.replace(/\r\n?/g, '\n') : dropped
  return strip(lines.toWellFormed())
}
