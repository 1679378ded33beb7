/** Who wrote a page, where it says so; null otherwise: no guess. */
import { firstMeta, unescape } from './metadata.ts'
import type { Metadata } from './metadata.ts'

const META_NAMES = [
  'author',
  'article:author',
  'og:article:author',
  'parsely-author',
  'sailthru.author',
  'dc.creator',
  'dcterms.creator',
  'citation_author',
  'byl',
  'article.author',
  'shareaholic:article_author_name',
  'cxenseparse:author',
  'book:author',
  'weibo: article:author',
]
const MAX_CHARS = 100

/** `byline` is the text of what the page marks as its byline. */
export function pageAuthor(metadata: Metadata, byline: string | null): string | null {
  const site = firstMeta(metadata, ['og:site_name', 'application-name'])?.toLowerCase() ?? ''
  for (const candidate of [
    jsonLdAuthor(metadata),
    ...META_NAMES.map((name) => metadata.metas.get(name) ?? null),
    byline,
  ]) {
    const name = cleanName(candidate)
    if (name !== null && name.toLowerCase() !== site) return name
  }
  return null
}

function jsonLdAuthor(metadata: Metadata): string | null {
  for (const script of metadata.jsonLd) {
    const at = /"author"\s*:\s*/.exec(script)
    if (at === null) continue
    const rest = script.slice(at.index + at[0].length, at.index + 3000)
    const plain = /^"((?:[^"\\]|\\.)+)"/.exec(rest)
    if (plain !== null) return unescape(plain[1] ?? '')
    const span = rest.slice(0, Math.max(0, rest.startsWith('[') ? rest.indexOf(']') : closing(rest)))
    const names = [...span.matchAll(/"name"\s*:\s*"((?:[^"\\]|\\.)+)"/g)].map((match) => unescape(match[1] ?? ''))
    if (/"@type"\s*:\s*"Organization"/.test(span) && !/"Person"/.test(span)) continue
    if (names.length > 0) return [...new Set(names)].join(', ')
  }
  return null
}

/** Where the object that begins `text` ends. */
function closing(text: string): number {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth <= 0) return i
  }
  return text.length
}

function cleanName(candidate: string | null): string | null {
  if (candidate === null) return null
  const name = candidate
    .replace(/^\s*(?:(?:written|posted|published|reviewed|text|story)\s+)?by[:\s]+/i, '')
    .replace(/^\s*(?:authors?|作者|记者|文\s*[/／]|编辑|责任编辑|来源|撰文)\s*[:：]?\s*/i, '')
    .replace(/\s*[|•·–—]\s.*$/, '')
    .replace(/^@/, '')
    .trim()
  if (name.length < 2 || name.length > MAX_CHARS || /https?:|www\.|[<>{}=]|\.(?:com|org|net)\b/i.test(name)) return null
  if (
    /^(?:admin|administrator|editor|staff|webmaster|unknown|null|undefined|none|guest|root|user|wordpress|anonymous|by)$/i.test(
      name,
    )
  )
    return null
  return /^\d+$/.test(name) || /\d{4}/.test(name) ? null : name
}
