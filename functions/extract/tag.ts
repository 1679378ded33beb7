/** A tag that metadata is read from: which attributes it has and where in the markup their values are. */

export const ATTRIBUTES = [
  'class',
  'id',
  'role',
  'itemprop',
  'style',
  'hidden',
  'aria-hidden',
  'href',
  'rel',
  'name',
  'property',
  'content',
  'lang',
  'datetime',
  'type',
  'xml:lang',
  'encoding',
  'alttext',
  'display',
] as const
type Attribute = (typeof ATTRIBUTES)[number]

export const A = Object.fromEntries(ATTRIBUTES.map((name, i) => [name, i])) as Readonly<Record<Attribute, number>>

export interface Tag {
  /** Which attributes it has, a bit each. */
  readonly has: number
  readonly starts: Int32Array
  readonly ends: Int32Array
}

const utf8 = new TextDecoder()

/** An attribute's value as a string, null if the tag has none. */
export function attributeText(html: Uint8Array, tag: Tag, attribute: number): string | null {
  if ((tag.has & (1 << attribute)) === 0) return null
  return utf8.decode(html.subarray(tag.starts[attribute], tag.ends[attribute]))
}
