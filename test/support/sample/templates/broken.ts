/**
 * A page with what goes wrong on real ones: no doctype, two bodies, attributes without quotes, tables in
 * tables left open, crossed inline tags, a bare `<` in the text, a comment with dashes in it, and no end.
 */
import * as parts from '../furniture.ts'
import { escape } from '../html.ts'
import type { PageContext } from '../site.ts'

const raw = (text: string): string => text.replaceAll('&', '&amp;')

export function broken(page: PageContext): string {
  const { article, site } = page
  const [first, second, ...rest] = article.blocks.flatMap((block) => (block.kind === 'paragraph' ? [block.text] : []))
  return `<html><head><title>${escape(article.title)} - ${escape(site.name)}</title>
<meta http-equiv=Content-Type content="text/html; charset=utf-8">
<style>td { font-family: Verdana } .small { font-size: 80% }
</style>
<script>if (1 < 2 && document.images) { var preload = new Image(); preload.src = "<b>.gif" }</script>
</head><body bgcolor=#fff text=black onload="init('x>y')">
<body class=second>
<!-- navigation -- do not touch -->
<table width=100%><tr><td><center><a href=/>${escape(site.name)}</a> <font size=1>${site.tagline}<table><tr><td>${site.menu
    .map((item) => `<a href='${item.url}'>${escape(item.title)}</a>`)
    .join('<td>')}</table>
<tr><td class=main valign=top>
<h1>${escape(article.title)}<h1>
<p class=small>${escape(page.byline ?? '')} <i>${page.date}</p></i>
<p>${raw(first ?? '')}
<p><b>${raw(second ?? '').slice(0, 40)}</b>${raw(second ?? '').slice(40)}<br/>
<div><p>${rest.map(raw).join('\n<p><span>')}
</td></div></p></span></font>
<td width=150><table bgcolor="#eeeeee"><tr><td><ul>${page.related.map((item) => `<li><a href="${escape(item.url)}">${escape(item.title)}`).join('\n')}</table>
<table><tr><td>${parts.ad(page, 'side')}
<tr><td align=center><hr><font size=1>${site.footer.map((item) => `<a href=${item.url}>${escape(item.title)}</a>`).join(' | ')}
<br>${site.copyright[0] ?? ''}
<script>document.write('<img src="/count.cgi?' + Math.random() + '">')
`
}
