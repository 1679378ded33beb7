/** A site of copies: the text as it was, lists and all, under a bar of links and above another. */
import { escape, list, renderBlocks } from '../html.ts'
import type { PageContext } from '../site.ts'

export function reprint({ article, site, pack, url }: PageContext): string {
  const links = (items: PageContext['related']): string =>
    list(items.map((item) => `<a href="${item.url}">${escape(item.title)}</a>`))
  const body = renderBlocks(article.blocks, {
    paragraph: (html) => `<p>${html}</p>`,
    heading: (html) => `<h2>${html}</h2>`,
    list: (items) => list(items),
  })
  return `<!DOCTYPE html>
<html lang="${pack.htmlLang}"><head><meta charset="utf-8"><title>${escape(article.title)}</title><link rel="canonical" href="${url}"></head>
<body><nav>${links(site.menu)}</nav>
<article><h1>${escape(article.title)}</h1>
${body}
</article>
<footer>${links(site.footer)}</footer></body></html>
`
}
