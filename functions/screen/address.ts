/**
 * Whether a chunk is a web or mail address, which spaCy leaves whole instead of cutting it at its dots and slashes.
 *
 * scheme "://" user "@" (IPv4 or host names with a lower-case top level) ":" port, then anything after "/", "?" or "#".
 * The source is a regular expression with back-tracking; this reads the chunk once from the left and once from the last "@".
 */
import { classOf, LOWER } from './characters.ts'

const isHostUnit = (unit: number): boolean => isAlphanumeric(unit) || unit === 95 || unit === 45 || unit === 46

function isAlphanumeric(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122) || unit >= 0xa1
}

export function isAddress(text: string, start: number, end: number): boolean {
  const scheme = schemeEnd(text, start, end)
  if (hostMatches(text, scheme, end) || (scheme !== start && hostMatches(text, start, end))) return true
  let at = end - 1
  while (at > scheme && text.charCodeAt(at) !== 64) at--
  return at > scheme && hostMatches(text, at + 1, end)
}

function schemeEnd(text: string, start: number, end: number): number {
  let i = start
  while (i < end && (isHostUnit(text.charCodeAt(i)) || text.charCodeAt(i) === 43)) i++
  return i - start >= 2 && i + 3 <= end && text.startsWith('://', i) ? i + 3 : start
}

function hostMatches(text: string, start: number, end: number): boolean {
  let i = start
  while (i < end && isHostUnit(text.charCodeAt(i))) i++
  return (isHost(text, start, i) || isPublicIp(text.slice(start, i))) && isTail(text, i, end)
}

/** At least two labels; the last of 2 to 63 lower-case letters, the others of at most 64 units with no mark at either end. */
function isHost(text: string, start: number, end: number): boolean {
  let label = start
  let labels = 0
  for (let i = start; i <= end; i++) {
    if (i < end && text.charCodeAt(i) !== 46) continue
    const length = i - label
    if (i === end) {
      if (labels === 0 || length < 2 || length > 63) return false
      for (let j = label; j < end; j++) if ((classOf(text.charCodeAt(j)) & LOWER) === 0) return false
      return true
    }
    if (length < 1 || length > 64) return false
    if (!isAlphanumeric(text.charCodeAt(label)) || !isAlphanumeric(text.charCodeAt(i - 1))) return false
    labels++
    label = i + 1
  }
  return false
}

function isPublicIp(host: string): boolean {
  if (host.length < 7 || host.length > 15 || !/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return false
  const [a = 0, b = 0, c = 0, d = 0] = host.split('.').map(Number)
  if (a < 1 || a > 223 || b > 255 || c > 255 || d < 1 || d > 254) return false
  return !(
    a === 10 ||
    a === 127 ||
    (a === 169 && b === 254) ||
    (a === 192 && b === 168) ||
    (a === 172 && b >= 16 && b < 32)
  )
}

/** `:` and 2 to 5 digits, then the end or a path, query or fragment. */
function isTail(text: string, start: number, end: number): boolean {
  let i = start
  if (i < end && text.charCodeAt(i) === 58) {
    i++
    const digits = i
    while (i < end && text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57) i++
    if (i - digits < 2 || i - digits > 5) return false
  }
  return i === end || text.charCodeAt(i) === 47 || text.charCodeAt(i) === 63 || text.charCodeAt(i) === 35
}
