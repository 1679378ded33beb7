/** One byte range of RFC 9110 §14. Null when the header asks for none that we serve whole-file instead (several ranges, other units). */
export interface ByteRange {
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

export type RangeResult = ByteRange | 'unsatisfiable' | null

export function parseRange(header: string | undefined, size: number): RangeResult {
  const parts = header === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(header.trim())
  if (parts === null) return null
  const [, first = '', last = ''] = parts
  if (first === '' && last === '') return null
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size }
  }
  const start = Number(first)
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  return start >= size || end <= start ? 'unsatisfiable' : { start, end }
}
