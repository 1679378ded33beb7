/**
 * Under what terms a page may be used, as far as the page or its response says so: its licence, and the signs by which it
 * keeps machines out. Signs are recorded, not judged; `functions/screen/usage.ts` judges.
 * Sources: robots meta and X-Robots-Tag as search engines document them (also for one agent: `gptbot: noindex`), `noai` and
 * `noimageai` as DeviantArt introduced them, the TDM Reservation Protocol (W3C community report, 2024: `tdm-reservation`,
 * `tdm-policy`, as meta or header). robots.txt is the crawler's business. Cost: a look at each meta.
 */
import type { UsageHeaders } from '../kernel/usage-headers.ts'
import { plainText } from './entities.ts'
import { linkedData } from './json-ld.ts'
import type { LinkedData } from './json-ld.ts'
import { emptyMetadata, firstMeta } from './metadata.ts'
import type { Metadata } from './metadata.ts'

export interface UsageSigns {
  /** Absolute; null where the page names none or no address. */
  readonly canonicalUrl: string | null
  /** An absolute http(s) address, or a short name as it is written. */
  readonly licence: string | null
  /**
   * `robots:noai`, `robots@gptbot:noindex`, `tdm-reservation`, … in the order of the alphabet; empty where there is none.
   * No difference is made between what the page and what its response says.
   */
  readonly optOut: readonly string[]
}

const MAX_CHARS = 300
const DIRECTIVES = new Set(['noai', 'noimageai', 'noindex', 'none'])
/** Directives of X-Robots-Tag that have a colon of their own. */
const VALUED = new Set(['unavailable_after', 'max-snippet', 'max-image-preview', 'max-video-preview'])
/** Metas that are for one agent are named after it. */
const AGENT_META =
  /^(?:[a-z0-9_.-]*(?:bot|spider|crawler)[a-z0-9_.-]*|google-extended|applebot-extended|anthropic-ai|cohere-ai|slurp|teoma)$/

export function usageSigns(
  metadata: Metadata,
  linked: LinkedData,
  { url, headers = {} }: { readonly url: string; readonly headers?: UsageHeaders },
): UsageSigns {
  return {
    canonicalUrl: absolute(metadata.canonical === null ? null : plainText(metadata.canonical), url),
    licence: licenceOf(metadata, linked, url),
    optOut: [...optOutSigns(metadata, headers)].toSorted(),
  }
}

/** Plain text says nothing of itself; its response may. */
export const signsOfResponse = (headers: UsageHeaders, url: string): UsageSigns =>
  usageSigns(emptyMetadata(), linkedData([]), { url, headers })

/** The first of what the page names that is an address or a name of a licence. */
function licenceOf(metadata: Metadata, linked: LinkedData, url: string): string | null {
  const rights = firstMeta(metadata, ['dcterms.rights', 'dc.rights'])
  return (
    linkedTerms(metadata.licence, url) ??
    terms(firstMeta(metadata, ['dcterms.license', 'dc.rights.license', 'license', 'dc.license', 'cc:license']), url) ??
    terms(linked.licence, url) ??
    // Rights are mostly "all reserved": only a licence by name counts.
    (rights !== null && OPEN.test(rights) ? terms(rights, url) : null) ??
    linkedTerms(metadata.licenceLink, url)
  )
}

/** What people leave out of an address that they copied. */
const WITHOUT_SCHEME = /^(?:www\.|creativecommons\.org\/)/i
const NO_ADDRESS = /^(?:javascript|vbscript|data|blob|about|file|ftp|mailto|tel):/i
const RELATIVE = /^(?:[/#?]|\.\.?\/)|^[^\s:]+(?:\/|\.(?:html?|php|aspx?|jsp|txt|md|pdf))$/i
/** What templates write where they know nothing. */
const NO_NAME = /^(?:null|undefined|none|n\/?a|true|false)$/i

/** A link of a page → where it leads; null where that is no http(s) address, or the page itself. */
function linkedTerms(link: string | null, url: string): string | null {
  const href = link?.trim() ?? ''
  const address = absolute(WITHOUT_SCHEME.test(href) ? `https://${href}` : href, url)
  if (address === null || address.length > MAX_CHARS) return null
  // As it is written where it needs no resolving: recipes and licence filters compare texts.
  if (/^https?:\/\//i.test(href)) return href
  return address.replace(/#$/, '') === absolute(url, '')?.replace(/#.*$/, '') ? null : address
}

/** A field that may hold an address or a name. */
function terms(value: string | null, url: string): string | null {
  const text = value?.trim() ?? ''
  if (text.length > MAX_CHARS || NO_ADDRESS.test(text) || NO_NAME.test(text) || !/\p{L}/u.test(text)) return null
  const isAddress = /^https?:/i.test(text) || WITHOUT_SCHEME.test(text) || RELATIVE.test(text)
  return isAddress && !/\s/.test(text) ? linkedTerms(text, url) : text
}

const OPEN = /creativecommons\.org|\bCC[ -](?:BY|0)|\bCC0\b|public domain|open government licen/i

function optOutSigns({ metas }: Metadata, headers: UsageHeaders): Set<string> {
  const signs = new Set<string>()
  const add = (agent: string, directive: string): void => {
    if (DIRECTIVES.has(directive)) signs.add(`robots${agent === '' ? '' : `@${agent}`}:${directive}`)
  }
  for (const [name, value] of metas) {
    const agent = name === 'robots' ? '' : name
    if (agent !== '' && !AGENT_META.test(agent)) continue
    for (const directive of wordsOf(value)) add(agent, directive)
  }
  for (const line of (headers['x-robots-tag'] ?? '').split('\n')) {
    // An agent is named once and holds for what follows it.
    let agent = ''
    for (const part of line.split(',')) {
      const [, name = '', rest = part] = /^\s*([\w-]+)\s*:\s*(.*)$/.exec(part) ?? []
      if (VALUED.has(name.toLowerCase())) continue
      if (name !== '') agent = name.toLowerCase()
      add(agent, rest.trim().toLowerCase())
    }
  }
  const reserved = headers['tdm-reservation'] ?? metas.get('tdm-reservation') ?? ''
  if (reserved.trim() === '1') signs.add('tdm-reservation')
  // A policy says where a licence can be had; without a reservation it says nothing.
  if (signs.has('tdm-reservation') && (headers['tdm-policy'] ?? metas.get('tdm-policy') ?? '') !== '')
    signs.add('tdm-policy')
  return signs
}

const wordsOf = (value: string): string[] => value.toLowerCase().split(/[\s,;]+/)

function absolute(address: string | null, base: string): string | null {
  if (address === null || address.trim() === '') return null
  try {
    const { href, protocol } = new URL(address.trim(), base === '' ? undefined : base)
    return /^https?:$/.test(protocol) ? href : null
  } catch {
    return null
  }
}
