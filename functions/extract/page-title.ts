/** A page's title without the name of its site. */
import { firstMeta, jsonLdText } from './metadata.ts'
import type { Metadata } from './metadata.ts'

const SEPARATOR =
  /\s+[|–—\-·•»«:~/\\]+\s+|\s*[|｜»_]\s*|\s*::\s*|\s*(?:-|–|—){1,2}\s*(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])\s*(?:-|–|—){1,2}\s*/

/** `heading` is the page's first `h1`, if it has one. */
export function pageTitle(metadata: Metadata, heading: string | null): string | null {
  const declared = firstMeta(metadata, ['og:title', 'twitter:title', 'dc.title', 'dcterms.title', 'citation_title'])
  const site = firstMeta(metadata, ['og:site_name', 'application-name', 'twitter:site'])
  const candidates = [declared, metadata.title, jsonLdText(metadata, 'headline')].filter(
    (title) => title !== null && title !== '',
  )
  const title = candidates[0]
  const h1 = heading !== null && heading.length >= 3 && heading.length <= 250 ? heading : null
  if (title === null || title === undefined) return h1
  if (
    h1 !== null &&
    candidates.some((candidate) => fold(candidate ?? '').includes(fold(h1)) && h1.length * 4 > (candidate ?? '').length)
  )
    return h1
  return withoutSite(title, site)
}

const fold = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[\s\p{P}]+/gu, ' ')
    .trim()

/** What Chinese sites call themselves. */
const SITE_NAME =
  /^.{0,10}(?:网|網|论坛|論壇|博客|部落格|在线|百科|日报|晚报|门户|频道|社区|贴吧|政府|官网|商城|文档|手册)$/

function withoutSite(title: string, site: string | null): string {
  const parts = title.split(SEPARATOR).filter((part) => part !== '')
  if (parts.length < 2) return title
  const known = site === null ? '' : fold(site.replace(/^@/, ''))
  const rest = known === '' ? parts : parts.filter((part) => fold(part) !== known)
  if (rest.length === 1) return rest[0] ?? title
  // Chinese sites put their name first as often as last.
  if (SITE_NAME.test(rest[0] ?? '') && !SITE_NAME.test(rest.at(-1) ?? '')) return rest.at(-1) ?? title
  const last = rest.at(-1) ?? ''
  // The site's name stands last and is short beside the rest.
  const longest = rest.reduce((a, b) => (b.length > a.length ? b : a), '')
  if (rest.length < parts.length)
    return rest.length === 1 ? longest : title.slice(0, title.lastIndexOf(last) + last.length)
  if (last.length <= 40 && longest.length >= last.length) {
    const cut = title.lastIndexOf(last)
    return title.slice(0, cut).replace(/[\s|–—\-·•»«:~/\\_｜]+$/, '') || longest
  }
  return title
}
