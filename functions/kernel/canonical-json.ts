/**
 * JSON with one spelling for one value: the JSON Canonicalization Scheme of RFC 8785. Keys are sorted by UTF-16 code
 * units, no white space, numbers and strings as ECMAScript writes them (which is what the scheme asks for), so that a
 * hash of the text is a hash of the value. Linear but for the sorting of keys. A property that is undefined is absent,
 * as in JSON.stringify; what JSON cannot hold (NaN, an infinity, half a surrogate pair) is an error, not a null.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot hold the number ${value}`)
    return JSON.stringify(value)
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('canonical JSON cannot hold half a surrogate pair')
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonicalJson(item)).join(',')}]`
  if (typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`)
    return `{${members.join(',')}}`
  }
  throw new TypeError(`canonical JSON cannot hold a value of type ${typeof value}`)
}
