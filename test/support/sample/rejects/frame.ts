/** Page furniture round a main part that is no article. */
import type { Article } from '../articles.ts'
import * as parts from '../furniture.ts'
import { head } from '../head.ts'
import { escape } from '../html.ts'
import { pageContext } from '../site.ts'
import type { Link, PageContext } from '../site.ts'

/** A page that must not be kept: its category, and the reasons under which a funnel may count it. */
export interface RejectedPage {
  readonly url: string
  readonly category: string
  readonly lang: string
  /** Each is the beginning of a reason's name in the funnel. */
  readonly reasons: readonly string[]
  readonly html: string
}

export interface FramePlan {
  readonly url: string
  readonly lang: string
  readonly title: string
  readonly topic?: string
  readonly links?: readonly Link[]
}

/** The context of a page without an article. */
export function frameContext({ url, lang, title, topic = 'other', links = [] }: FramePlan): PageContext {
  const article: Article = {
    ref: url,
    lang,
    topic,
    title,
    site: new URL(url).host,
    author: null,
    date: '2024-05-17',
    kind: 'page',
    blocks: [],
  }
  return pageContext(article, links, { url, host: article.site })
}

export function frame(plan: FramePlan, main: string, { sidebar = true } = {}): string {
  const page = frameContext(plan)
  return `<!DOCTYPE html>
<html lang="${page.pack.htmlLang}">
${head(page, { rules: 14, jsonLd: false, description: false })}
<body>
<div class="header">${parts.logo(page)}${parts.menu(page)}${parts.searchBox(page)}</div>
<div id="main"><h1>${escape(plan.title)}</h1>
${main}
</div>
${sidebar ? `<div class="side">${plan.links === undefined ? '' : parts.popular(page)}${parts.ad(page)}</div>` : ''}
${parts.footer(page)}
${parts.cookieNotice(page)}
</body></html>
`
}
