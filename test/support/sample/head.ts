/** The head of a page: meta, canonical, Open Graph, JSON-LD, styles and scripts, with the gaps that real heads have. */
import { lines } from './articles.ts'
import { escape } from './html.ts'
import { analytics, consent, menuToggle, state } from './script.ts'
import type { PageContext } from './site.ts'
import { style } from './style.ts'

export interface HeadOptions {
  readonly charset?: string
  readonly jsonLd?: boolean
  readonly openGraph?: boolean
  readonly description?: boolean
  readonly state?: boolean
  /** How many rules of invented style are inline. */
  readonly rules?: number
  readonly extra?: string
}

const teaser = (text: string): string => (text.length > 150 ? `${text.slice(0, 147)}…` : text)

export function head(page: PageContext, options: HeadOptions = {}): string {
  const { article, site, pack, url, choose } = page
  const { charset = 'utf-8', jsonLd = true, openGraph = true, description = true, rules = 40 } = options
  const summary = escape(teaser(lines(article)[0] ?? ''))
  const title = escape(article.title)
  const parts = [
    charset === ''
      ? ''
      : choose.chance(0.3)
        ? `<meta http-equiv="Content-Type" content="text/html; charset=${charset}">`
        : `<meta charset="${charset}">`,
    `<title>${title}${choose.pick([' | ', ' - ', ' – ', '_'])}${escape(site.name)}</title>`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<link rel="canonical" href="${escape(url)}">`,
    description ? `<meta name="description" content="${summary}">` : '',
    description
      ? `<meta name="keywords" content="${(pack.topics[article.topic]?.tags ?? []).slice(0, 5).join(',')}">`
      : '',
    article.author === null || !choose.chance(0.5) ? '' : `<meta name="author" content="${escape(article.author)}">`,
    openGraph ? og(page, title, summary) : '',
    `<link rel="icon" href="/favicon-${choose.hex(6)}.ico">`,
    `<link rel="alternate" type="application/rss+xml" title="${escape(site.name)}" href="/feed/">`,
    `<link rel="stylesheet" href="/static/css/main.${choose.hex(8)}.css">`,
    `<style>\n${style(page, rules)}</style>`,
    jsonLd ? jsonLdScript(page) : '',
    `<script>${analytics(page)}</script>`,
    site.hasCookieNotice ? `<script>${consent(page)}</script>` : '',
    `<script>${menuToggle(page)}</script>`,
    options.state === true ? `<script id="__STATE__" type="application/json">${state(page)}</script>` : '',
    options.extra ?? '',
  ]
  return `<head>\n${parts.filter((part) => part !== '').join('\n')}\n</head>`
}

const og = ({ article, site, url, pack }: PageContext, title: string, summary: string): string =>
  [
    ['og:type', 'article'],
    ['og:title', title],
    ['og:description', summary],
    ['og:url', escape(url)],
    ['og:site_name', escape(site.name)],
    ['og:locale', pack.locale],
    ['article:published_time', `${article.date}T08:30:00+00:00`],
  ]
    .map(([name, content]) => `<meta property="${name}" content="${content}">`)
    .join('\n')

function jsonLdScript({ article, site, url, pack }: PageContext): string {
  const data = {
    '@context': 'https://schema.org',
    '@type': article.kind === 'news' ? 'NewsArticle' : 'Article',
    headline: article.title,
    inLanguage: pack.htmlLang,
    mainEntityOfPage: url,
    datePublished: article.date,
    author:
      article.author === null
        ? { '@type': 'Organization', name: site.name }
        : { '@type': 'Person', name: article.author },
    publisher: {
      '@type': 'Organization',
      name: site.name,
      logo: { '@type': 'ImageObject', url: `https://${site.host}/logo.png` },
    },
  }
  return `<script type="application/ld+json">${JSON.stringify(data).replaceAll('<', String.raw`\u003c`)}</script>`
}
