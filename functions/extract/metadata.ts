/** What a page says of itself outside its text, collected while it is scanned. */
import { plainText } from './entities.ts'
import { A, attributeText } from './tag.ts'
import type { Tag } from './tag.ts'
import type { MetadataSink } from './scan.ts'
import { T } from './tags.ts'

export interface Metadata {
  title: string | null
  lang: string | null
  canonical: string | null
  /** Where a `link` or `a` says `rel=license`. */
  licence: string | null
  /** Where a link leads to Creative Commons without saying why. */
  licenceLink: string | null
  /** Contents of `meta` tags by their lower-cased name, property or itemprop; the first of each. */
  readonly metas: Map<string, string>
  /** JSON-LD scripts as they stand. */
  readonly jsonLd: string[]
  /** `datetime` of `time` tags, in their order. */
  readonly times: string[]
}

/** A page may be made of nothing but metadata: this much of it is kept. */
const MAX_METAS = 200
const MAX_CONTENT_BYTES = 2000
const MAX_JSON_LD_BYTES = 1 << 17
const MAX_TIMES = 8
const utf8 = new TextDecoder()

export const emptyMetadata = (): Metadata => ({
  title: null,
  lang: null,
  canonical: null,
  licence: null,
  licenceLink: null,
  metas: new Map(),
  jsonLd: [],
  times: [],
})

export function metadataSink(metadata: Metadata): MetadataSink {
  return (id, tag, contentStart, contentEnd, html) => {
    if (id === T.meta) {
      if (metadata.metas.size >= MAX_METAS || (tag.has & (1 << A.content)) === 0) return
      if ((tag.ends[A.content] ?? 0) - (tag.starts[A.content] ?? 0) > MAX_CONTENT_BYTES) return
      const name =
        attributeText(html, tag, A.property) ?? attributeText(html, tag, A.name) ?? attributeText(html, tag, A.itemprop)
      const key = (name?.includes('&') === true ? plainText(name) : (name ?? '')).toLowerCase().trim()
      const first = metadata.metas.get(key)
      // Each robots meta counts, as for search engines.
      if (key !== '' && (first === undefined || key === 'robots')) {
        const content = plainText(attributeText(html, tag, A.content) ?? '')
        metadata.metas.set(key, first === undefined ? content : `${first}, ${content}`)
      }
    } else if (id === T.title) {
      metadata.title ??= plainText(utf8.decode(html.subarray(contentStart, Math.min(contentEnd, contentStart + 4096))))
    } else if (id === T.html) {
      metadata.lang ??= attributeText(html, tag, A.lang) ?? attributeText(html, tag, A['xml:lang'])
    } else if (id === T.link) {
      const rel = attributeText(html, tag, A.rel)?.toLowerCase() ?? ''
      if (rel === 'canonical') metadata.canonical ??= attributeText(html, tag, A.href)
      else if (/\blicen[cs]e\b/.test(rel)) metadata.licence ??= attributeText(html, tag, A.href)
    } else if (id === T.a) {
      if (saysLicence(html, tag)) metadata.licence ??= attributeText(html, tag, A.href)
      else if (leadsToCommons(html, tag)) metadata.licenceLink ??= attributeText(html, tag, A.href)
    } else if (id === T.time) {
      const time = metadata.times.length < MAX_TIMES ? attributeText(html, tag, A.datetime) : null
      if (time !== null) metadata.times.push(time)
    } else if (id === T.script && contentEnd - contentStart <= MAX_JSON_LD_BYTES) {
      if (/ld\+json/i.test(attributeText(html, tag, A.type) ?? ''))
        metadata.jsonLd.push(utf8.decode(html.subarray(contentStart, contentEnd)))
    }
  }
}

const LICENCE = new TextEncoder().encode('licen')
const COMMONS = new TextEncoder().encode('creativecommons.org/')

/** Links are many: their bytes are looked at, no string is made. */
function saysLicence(html: Uint8Array, tag: Tag): boolean {
  if ((tag.has & (1 << A.rel)) === 0) return false
  const end = (tag.ends[A.rel] as number) - LICENCE.length
  for (let i = tag.starts[A.rel] as number; i <= end; i++) if (isAt(html, i, LICENCE)) return true
  return false
}

function leadsToCommons(html: Uint8Array, tag: Tag): boolean {
  const start = tag.starts[A.href] as number
  // http://, https://, //, with or without www.
  for (const skip of [8, 7, 2, 12, 11]) {
    if (!isAt(html, start + skip, COMMONS)) continue
    const path = html[start + skip + COMMONS.length]
    // licenses/… and publicdomain/…
    return path === 0x6c || path === 0x70
  }
  return false
}

function isAt(html: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (html[at + i] !== bytes[i]) return false
  return true
}

/** The first of `names` that has a value. */
export function firstMeta(metadata: Metadata, names: readonly string[]): string | null {
  for (const name of names) {
    const value = metadata.metas.get(name)
    if (value !== undefined && value !== '') return value
  }
  return null
}

/** A string value of `key` anywhere in the page's JSON-LD; by pattern, since half of it is not quite JSON. */
export function jsonLdText(metadata: Metadata, key: string): string | null {
  const pattern = new RegExp(`"${key}"\\s*:\\s*"((?:[^"\\\\]|\\\\.){1,500})"`)
  for (const script of metadata.jsonLd) {
    const value = pattern.exec(script)?.[1]
    if (value !== undefined) return unescape(value)
  }
  return null
}

export function unescape(value: string): string {
  try {
    return plainText(String(JSON.parse(`"${value}"`)))
  } catch {
    // Raw line breaks and the like: as it stands.
    return plainText(value)
  }
}

export function declaredLanguage(metadata: Metadata): string | null {
  const lang = metadata.lang ?? firstMeta(metadata, ['og:locale', 'content-language', 'language', 'dc.language'])
  const match = /^[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]+)*/.exec(lang?.trim() ?? '')
  return match === null ? null : match[0].replaceAll('_', '-')
}
