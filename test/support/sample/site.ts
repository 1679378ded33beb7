/** A site of the sample crawl: what all its pages share follows from its host name. */
import type { Article } from './articles.ts'
import { choose } from './choose.ts'
import type { Choose } from './choose.ts'
import { EN } from './texts/en.ts'
import type { LanguagePack } from './texts/language-pack.ts'
import { SITE_NAMES } from './texts/site-names.ts'
import { ZH } from './texts/zh.ts'

export interface Link {
  readonly url: string
  readonly title: string
}

export interface Site {
  readonly host: string
  readonly name: string
  readonly pack: LanguagePack
  readonly tagline: string
  /** Begins the class names of the site. */
  readonly prefix: string
  readonly menu: readonly Link[]
  readonly footer: readonly Link[]
  readonly copyright: readonly string[]
  readonly dateStyle: number
  readonly hasCookieNotice: boolean
  readonly hasComments: boolean
}

export interface PageContext {
  readonly article: Article
  readonly url: string
  readonly site: Site
  readonly pack: LanguagePack
  readonly choose: Choose
  readonly related: readonly Link[]
  readonly popular: readonly Link[]
  readonly date: string
  readonly byline: string | null
}

const ACRONYMS = new Map([['diy', 'DIY']])

export function siteOf(host: string, lang: string): Site {
  const pack = lang === 'zh' ? ZH : EN
  const pick = choose(host)
  const label = host.split('.')[0] ?? host
  const words = label.split('-').map((word) => ACRONYMS.get(word) ?? word.charAt(0).toUpperCase() + word.slice(1))
  const topics = Object.entries(pack.topics).map(([topic, { name }]) => ({ url: `/${topic}/`, title: name }))
  const menu = pick
    .some(pack.menu, 5 + pick.int(14))
    .map((title, i) => ({ url: `/${lang === 'zh' ? 'node' : 'section'}_${i + 1}/`, title }))
  return {
    host,
    name: SITE_NAMES[label] ?? words.join(' '),
    pack,
    tagline: pick.pick(pack.taglines),
    prefix: pick.pick(['site', label.slice(0, 3), 'c', 'ui', 'x', `t${pick.hex(2)}`, 'theme']),
    menu: pick.chance(0.6) ? [...menu, ...topics] : menu,
    footer: pick.some(pack.footerLinks, 6 + pick.int(14)).map((title, i) => ({ url: `/page/${i + 1}.html`, title })),
    copyright: pick.some(pack.copyright, 1 + pick.int(2)),
    dateStyle: pick.int(pack.dates.length),
    hasCookieNotice: pick.chance(lang === 'zh' ? 0.35 : 0.75),
    hasComments: pick.chance(0.75),
  }
}

export function pageUrl(article: Article): string {
  const pick = choose(`${article.site}/${article.title}`)
  const shape = choose(article.site).int(4)
  const [year = '', month = '', day = ''] = article.date.split('-')
  const base = `https://${choose(article.site).chance(0.5) ? 'www.' : ''}${article.site}`
  if (article.lang === 'zh') {
    const number = 10_000 + pick.int(900_000)
    return (
      [
        `${base}/${year}/${month}${day}/c${number}.html`,
        `${base}/article/${number}`,
        `${base}/show.php?id=${number}`,
        `${base}/${article.topic}/${year}-${month}/${number}.shtml`,
      ][shape] ?? base
    )
  }
  const slug = article.title
    .toLowerCase()
    .replaceAll(/[’']/g, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  return (
    [
      `${base}/${year}/${month}/${slug}/`,
      `${base}/articles/${slug}.html`,
      `${base}/?p=${1000 + pick.int(9000)}`,
      `${base}/${article.topic}/${slug}-${pick.hex(6)}`,
    ][shape] ?? base
  )
}

/** `others` are what the page may link to; `variant` makes a second page of the same article look different. */
export function pageContext(
  article: Article,
  others: readonly Link[],
  { url = pageUrl(article), host = article.site } = {},
): PageContext {
  const site = siteOf(host, article.lang)
  const { pack } = site
  const pick = choose(url)
  const links = others.filter((other) => other.url !== url)
  const date = pack.dates[site.dateStyle] ?? String
  const byline = choose(host).pick(pack.byline)
  return {
    article,
    url,
    site,
    pack,
    choose: pick,
    related: pick.some(links, 4 + pick.int(6)),
    popular: pick.some(links, 5 + pick.int(8)),
    date: date(article.date),
    byline: article.author === null ? null : byline(article.author),
  }
}
