/** A page for every written article, and the four that come in a special form. */
import { createHash } from 'node:crypto'
import { lines, readArticles, readExtra } from './articles.ts'
import type { Article } from './articles.ts'
import { choose } from './choose.ts'
import { encode } from './encode.ts'
import type { Expected, GoodPage, SamplePage } from './sample-page.ts'
import { pageContext, pageUrl } from './site.ts'
import type { Link } from './site.ts'
import { broken } from './templates/broken.ts'
import { render, templateOf, TEMPLATES } from './templates/index.ts'

const linksTo = (articles: readonly Article[]): Link[] =>
  articles.map((article) => ({ url: pageUrl(article), title: article.title }))

export function goodPages(lang: string): GoodPage[] {
  const articles = readArticles(lang)
  const links = linksTo(articles)
  return articles.map((article) => {
    const page = pageContext(article, links)
    return { article, url: page.url, template: templateOf(page), html: render(page) }
  })
}

/** Articles that come in GBK or Big5, in markup that is broken, and with addresses in the text. */
export function extraPages(): SamplePage[] {
  const links = { en: linksTo(readArticles('en')), zh: linksTo(readArticles('zh')) }
  const pageOf = (name: string) => {
    const article = readExtra(name)
    return { article, context: pageContext(article, article.lang === 'zh' ? links.zh : links.en) }
  }
  const gbk = pageOf('gbk')
  const gbkHtml = TEMPLATES.portal(gbk.context).replace(/charset=["']?utf-8/, (match) =>
    match.replace('utf-8', 'gb2312'),
  )
  const big5 = pageOf('big5')
  const brokenMarkup = pageOf('broken-markup')
  const contact = pageOf('contact-details')
  return [
    // The head says nothing of a charset, the page says gb2312 and means GBK.
    goodPage({ ...gbk, html: gbkHtml, template: 'portal', charset: 'gbk', contentType: 'text/html' }),
    goodPage({
      ...big5,
      html: TEMPLATES.breaks(big5.context).replace(/<meta[^>]*charset[^>]*>\n/, ''),
      template: 'breaks',
      charset: 'big5',
      contentType: 'text/html; charset=Big5',
    }),
    goodPage({ ...brokenMarkup, html: broken(brokenMarkup.context), template: 'broken' }),
    goodPage({ ...contact, html: TEMPLATES.weblog(contact.context), template: 'weblog' }),
  ]
}

interface GoodPlan {
  readonly article: Article
  readonly html: string
  readonly template: string
  readonly url?: string
  readonly charset?: string
  readonly contentType?: string
}

export function goodPage({
  article,
  html,
  template,
  url = pageUrl(article),
  charset = 'utf-8',
  contentType,
}: GoodPlan): SamplePage {
  const expected: Expected = {
    kind: 'good',
    lang: article.lang,
    topic: article.topic,
    title: article.title,
    author: article.author,
    date: article.date,
    template,
    article: article.ref,
    textSha256: createHash('sha256').update(lines(article).join('\n')).digest('hex'),
  }
  return { url, status: 200, headers: responseHeaders(url, contentType), body: encode(html, charset), expected }
}

/** What servers send along. A third of the sites leave the charset to the page. */
export function responseHeaders(url: string, contentType?: string): Record<string, string> {
  const { host } = new URL(url)
  const pick = choose(`server of ${host}`)
  const type = pick.pick([
    'text/html; charset=utf-8',
    'text/html; charset=UTF-8',
    'text/html;charset=utf-8',
    'text/html',
    'text/html',
  ])
  return {
    Date: 'Sun, 14 Sep 2025 06:00:00 GMT',
    Server: pick.pick(['nginx', 'nginx/1.24.0', 'Apache', 'Apache/2.4.58 (Debian)', 'Caddy', 'openresty', 'LiteSpeed']),
    'Content-Type': contentType ?? type,
    ...(pick.chance(0.4)
      ? { 'Cache-Control': pick.pick(['max-age=300', 'no-cache, private', 'public, max-age=3600']) }
      : {}),
    ...(pick.chance(0.3) ? { 'X-Powered-By': pick.pick(['PHP/8.2.7', 'Express', 'ASP.NET']) } : {}),
    ...(pick.chance(0.3) ? { 'Set-Cookie': `sid=${pick.hex(16)}; Path=/; HttpOnly` } : {}),
    Vary: 'Accept-Encoding',
  }
}
