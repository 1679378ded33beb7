/**
 * Masks e-mail addresses and public IPv4 addresses, as FineWeb does, with names that are reserved for documentation (RFC 2606, RFC 5737),
 * and Chinese mobile and identity numbers (pii-chinese.ts).
 *
 * An address is read outwards from its "@": ASCII atoms to the left, labels to the right of which the last is letters, so that `npm@10.2.1`
 * and `@user` stay. Four numbers are an IP when each is at most 255, neither side goes on with a digit, letter or dotted number, the range is
 * public and no sign of a version stands before them. Cost: linear; every unit is read at most twice.
 * Departure from datatrove's expression: no address in brackets, no one-letter or numeric top level, versions are left alone.
 */

import { maskChineseNumbers } from './pii-chinese.ts'

export const EMAIL_MASK = 'email@example.com'
export const IP_MASK = '192.0.2.1'

export interface Masked {
  readonly text: string
  readonly emails: number
  readonly ips: number
  readonly mobiles: number
  readonly identities: number
}

export function maskPersonalData(text: string): Masked {
  const emails = maskEmails(text)
  const ips = maskIps(emails.text)
  return { ...maskChineseNumbers(ips.text), emails: emails.count, ips: ips.count }
}

const isAlphanumeric = (unit: number): boolean =>
  (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122)

const isLetter = (unit: number): boolean => (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122)

/** RFC 5322 atom characters that are no letter or digit, and the dot. */
const LOCAL_MARKS = new Set(Array.from("!#$%&'*+/=?^_`{|}~-.", (char) => char.charCodeAt(0)))

const AT = 64

function maskEmails(text: string): { text: string; count: number } {
  let masked = ''
  let done = 0
  let count = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at < done) continue
    const start = localStart(text, at, done)
    const end = domainEnd(text, at + 1)
    if (start === at || end === at + 1) continue
    if (text.slice(start, end) !== EMAIL_MASK) count++
    masked += text.slice(done, start) + EMAIL_MASK
    done = end
  }
  return { text: count === 0 ? text : masked + text.slice(done), count }
}

/** Start of the local part that ends at `end`; it begins with a letter, digit or underscore. */
function localStart(text: string, end: number, floor: number): number {
  if (text.charCodeAt(end - 1) === 46) return end
  let start = end
  for (let i = end - 1; i >= floor; i--) {
    const unit = text.charCodeAt(i)
    if (isAlphanumeric(unit) || unit === 95) start = i
    else if (!LOCAL_MARKS.has(unit) || (unit === 46 && text.charCodeAt(i + 1) === 46)) break
  }
  return start
}

/**
 * End of the longest host name from `start` whose last label is two or more letters, `start` when there is none. A label with an "@" behind
 * it is the next address's, where the name may end before it.
 */
function domainEnd(text: string, start: number): number {
  let end = start
  let label = start
  let labels = 0
  let isWord = true
  for (let i = start; ; i++) {
    const unit = i < text.length ? text.charCodeAt(i) : 0
    if (isAlphanumeric(unit) || (unit === 45 && i > label)) {
      isWord &&= isLetter(unit)
      continue
    }
    if (i === label || text.charCodeAt(i - 1) === 45) return end
    labels++
    const isNextLocal = unit === AT && end > start
    if (labels >= 2 && isWord && i - label >= 2 && !isNextLocal) end = i
    if (unit !== 46) return end
    label = i + 1
    isWord = true
  }
}

const IP = /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/g
/** What may stand before a version: `v`, a word for it, or a product's name and a slash. */
const BEFORE_VERSION = /(?:\b(?:v|ver|version|release|build|firmware)[.:：]?\s?|版本?[号號]?[:：]?\s?|[\p{L}\d]\/)$/iu
const LONGEST_BEFORE_VERSION = 12

function maskIps(text: string): { text: string; count: number } {
  let count = 0
  const masked = text.replace(IP, (ip, offset: number) => {
    if (!isWhole(text, offset, offset + ip.length) || !isPublic(ip)) return ip
    if (BEFORE_VERSION.test(text.slice(Math.max(0, offset - LONGEST_BEFORE_VERSION), offset))) return ip
    count++
    return IP_MASK
  })
  return { text: masked, count }
}

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57

function isWhole(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1)
  const after = text.charCodeAt(end)
  if (isAlphanumeric(before) || before === 46 || before === 95 || before === 45) return false
  return !isAlphanumeric(after) && after !== 95 && !(after === 46 && isDigit(text.charCodeAt(end + 1)))
}

/** Ranges that no host on the internet has: [first 32-bit address, prefix length], IANA special-purpose registry and multicast. */
const SPECIAL: readonly (readonly [a: number, b: number, c: number, bits: number])[] = [
  [0, 0, 0, 8],
  [10, 0, 0, 8],
  [100, 64, 0, 10],
  [127, 0, 0, 8],
  [169, 254, 0, 16],
  [172, 16, 0, 12],
  [192, 0, 0, 24],
  [192, 0, 2, 24],
  [192, 88, 99, 24],
  [192, 168, 0, 16],
  [198, 18, 0, 15],
  [198, 51, 100, 24],
  [203, 0, 113, 24],
  [224, 0, 0, 3],
]

function isPublic(ip: string): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = ip.split('.').map(Number)
  if (a > 255 || b > 255 || c > 255 || d > 255) return false
  const address = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
  return !SPECIAL.some(
    ([x, y, z, bits]) => (address ^ (((x << 24) | (y << 16) | (z << 8)) >>> 0)) >>> (32 - bits) === 0,
  )
}
