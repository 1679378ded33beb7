/** Templates in old ways: layout tables, tags never closed, a reference work's generated page, a printed magazine's page. */
import * as parts from '../furniture.ts'
import { head } from '../head.ts'
import { escape, list, renderBlocks, withEntities } from '../html.ts'
import type { BlockStyle } from '../html.ts'
import type { PageContext } from '../site.ts'

const font = (html: string): string => `<font face="Verdana, Arial" size="2">${html}</font>`

/** Layout by tables inside tables, fonts and colours in attributes. */
export function tables(page: PageContext): string {
  const { article, site, pack, choose } = page
  const colour = choose.hex(6)
  const style: BlockStyle = {
    paragraph: (html) => `<p align="justify">${font(html)}</p>`,
    heading: (html) => `<p><b><font face="Verdana, Arial" size="3" color="#${colour}">${html}</font></b></p>`,
    list: (items) => list(items.map(font)),
    inline: choose,
  }
  const cells = (links: PageContext['related']): string =>
    links
      .map(
        (item) => `<tr><td bgcolor="#f0f0e8"><a href="${escape(item.url)}">${font(escape(item.title))}</a></td></tr>`,
      )
      .join('\n')
  const body = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">
<html>
${head(page, { rules: 12, jsonLd: false, openGraph: false })}
<body bgcolor="#ffffff" text="#000000" link="#${colour}" topmargin="0">
<table width="980" border="0" cellspacing="0" cellpadding="0" align="center"><tr><td colspan="3" bgcolor="#${colour}"><table width="100%"><tr><td><a href="/"><img src="/logo.gif" border="0" alt="${escape(site.name)}"></a></td><td align="right">${font(site.tagline)}</td></tr></table></td></tr>
<tr><td colspan="3">${site.menu.map((item) => `<a href="${item.url}">${font(escape(item.title))}</a>`).join(' | ')}</td></tr>
<tr><td width="170" valign="top"><table width="100%" cellpadding="4">
${cells(page.popular)}
</table>${parts.searchBox(page)}</td>
<td width="620" valign="top"><table width="100%" cellpadding="12"><tr><td>
<h1><font face="Georgia" size="5">${escape(article.title)}</font></h1>
<p><i>${font(`${escape(page.byline ?? site.name)}, ${page.date}`)}</i></p>
${renderBlocks(article.blocks, style)}
<hr size="1" noshade>
<p align="right"><a href="/print">${pack.shareTargets[7]}</a> | <a href="/mail">${pack.shareTargets[4]}</a></p>
</td></tr></table></td>
<td width="190" valign="top">${parts.ad(page, 'tower')}<table width="100%" cellpadding="4">
${cells(page.related)}
</table></td></tr>
<tr><td colspan="3" align="center"><hr>${site.footer.map((item) => `<a href="${item.url}">${font(escape(item.title))}</a>`).join(' - ')}<br>${font(`&copy; ${escape(site.name)}. ${site.copyright.join(' ')}`)}</td></tr></table>
</body>
</html>
`
  return pack.htmlLang === 'en' ? withEntities(body) : body
}

const openItems = (items: PageContext['related']): string =>
  items.map((item) => `<LI><A HREF="${escape(item.url)}">${escape(item.title)}</A>`).join('\n')

/** A private home page: upper-case tags, no container, paragraphs and items that nobody closes. */
export function unclosed(page: PageContext): string {
  const { article, site, pack, choose } = page
  const style: BlockStyle = {
    paragraph: (html) => `<P>${html}`,
    heading: (html) => `<H3>${html}</H3>`,
    list: (items) => `<UL>\n${items.map((item) => `<LI>${item}`).join('\n')}\n</UL>`,
    inline: choose,
  }
  return `<HTML>
${head(page, { rules: 15, jsonLd: false, openGraph: false, description: choose.chance(0.5) })}
<BODY BGCOLOR=#FFFFF4>
<CENTER><A HREF="/"><IMG SRC="banner.gif" ALT="${escape(site.name)}" BORDER=0></A><BR>
[ ${site.menu
    .slice(0, 8)
    .map((item) => `<A HREF="${item.url}">${escape(item.title)}</A>`)
    .join(' | ')} ]</CENTER>
<HR>
<H1>${escape(article.title)}</H1>
<ADDRESS>${escape(page.byline ?? site.name)}, ${page.date}</ADDRESS>
${renderBlocks(article.blocks, style)}
<HR>
<H4>${choose.pick(pack.relatedHeadings)}</H4>
<UL>
${openItems(page.related)}
</UL>
<H4>${choose.pick(pack.popularHeadings)}</H4>
<OL>
${openItems(page.popular)}
</OL>
<HR>
<SMALL>${site.copyright.join('<BR>')}<BR>${site.footer.map((item) => `<A HREF="${item.url}">${escape(item.title)}</A>`).join(' · ')}</SMALL>
</BODY>
</HTML>
`
}

/** A reference work: table of contents, a box of facts, boxes of links and categories below. */
export function reference(page: PageContext): string {
  const { article, site, pack, choose } = page
  const topic = pack.topics[article.topic]
  const headings = article.blocks.flatMap((block) => (block.kind === 'heading' ? [block.text] : []))
  let section = 0
  const style: BlockStyle = {
    paragraph: (html) => `<p>${html}\n</p>`,
    heading: (html) => `<h2><span class="mw-headline" id="S${++section}">${html}</span></h2>`,
    list: (items) => list(items),
    inline: choose,
  }
  const facts = (topic?.tags ?? [])
    .slice(0, 4)
    .map((tag, i) => `<tr><th scope="row">${tag}</th><td>${choose.int(900)}-${i}</td></tr>`)
  const toc =
    headings.length === 0
      ? ''
      : `<div id="toc" class="toc"><h2>${pack.htmlLang === 'en' ? 'Contents' : '目录'}</h2>${list(headings.map((text, i) => `<a href="#S${i + 1}"><span class="tocnumber">${i + 1}</span> <span class="toctext">${escape(text)}</span></a>`))}</div>`
  return `<!DOCTYPE html>
<html class="client-nojs" lang="${pack.htmlLang}" dir="ltr">
${head(page, { rules: 16, openGraph: choose.chance(0.5) })}
<body class="ns-0 mediawiki skin-plain">
<div id="mw-page-base" class="noprint"></div>
<div id="content" class="mw-body" role="main">
<div id="siteNotice" class="noprint">${parts.newsletter(page)}</div>
<h1 id="firstHeading" class="firstHeading">${escape(article.title)}</h1>
<div id="bodyContent" class="mw-body-content"><div id="siteSub" class="noprint">${escape(site.name)}</div>
<div id="mw-content-text"><div class="mw-parser-output">
<table class="infobox"><caption>${escape(article.title)}</caption>${facts.join('')}</table>
${toc}
${renderBlocks(article.blocks, style)}
<div class="navbox" role="navigation"><table><tr><th>${topic?.name ?? ''}</th></tr><tr><td>${page.related.map((item) => `<a href="${escape(item.url)}">${escape(item.title)}</a>`).join(' · ')}</td></tr></table></div>
</div></div>
<div class="printfooter">${pack.htmlLang === 'en' ? 'Retrieved from' : '取自'} "<a href="${escape(page.url)}">${escape(page.url)}</a>"</div>
<div id="catlinks" class="catlinks">${parts.tagCloud(page)}</div></div></div>
<div id="mw-navigation"><div id="p-personal"><a href="/login">${pack.signIn}</a></div>${parts.searchBox(page)}${parts.menu(page)}${parts.popular(page)}</div>
<div id="footer" role="contentinfo"><ul><li id="lastmod">${page.date}${page.byline === null ? '' : ` (${escape(page.byline)})`}</li>${site.footer.map((item) => `<li><a href="${item.url}">${escape(item.title)}</a></li>`).join('')}</ul>${site.copyright.map((text) => `<div>${text}</div>`).join('')}</div>
${parts.cookieNotice(page)}
</body></html>
`
}

/** A magazine: a figure with a caption, cards of other pieces between the paragraphs, a long footer. */
export function magazine(page: PageContext): string {
  const { article, site, pack, choose } = page
  const card = (): string =>
    `<div class="inline-card"><span class="kicker">${choose.pick(pack.relatedHeadings)}</span> ${page.related
      .slice(0, 1)
      .map((item) => `<a href="${escape(item.url)}">${escape(item.title)}</a>`)
      .join('')}</div>`
  const style: BlockStyle = {
    paragraph: (html) => `<p class="dcr-${choose.hex(6)}">${html}</p>`,
    heading: (html) => `<h2 class="subhead">${html}</h2>`,
    list: (items) => list(items, ' class="bullets"'),
    inline: choose,
    after: parts.between(page, [card, () => parts.ad(page), () => parts.newsletter(page)]),
  }
  return `<!doctype html>
<html lang="${pack.htmlLang}">
${head(page, { rules: 16 })}
<body>
<header class="${site.prefix}-hero"><div class="bar">${parts.logo(page)}<div class="actions"><a href="/subscribe">${pack.newsletters[0]?.[2] ?? ''}</a> <a href="/login">${pack.signIn}</a></div></div>${parts.menu(page)}${parts.drawer(page)}</header>
${parts.ad(page, 'top')}
<div class="article-layout">
<div class="article-header"><span class="section-name"><a href="/${article.topic}/">${pack.topics[article.topic]?.name ?? ''}</a></span><h1>${escape(article.title)}</h1><div class="credits"><span>${escape(page.byline ?? site.name)}</span> <time datetime="${article.date}">${page.date}</time></div></div>
<figure class="lead-image"><picture><source srcset="/img/${choose.hex(8)}.webp" type="image/webp"><img src="/img/${choose.hex(8)}.jpg" alt="${escape(article.title)}"></picture></figure>
<div class="article-body-container"><article class="article-body">
${renderBlocks(article.blocks, style)}
</article>
${parts.share(page)}${parts.tagCloud(page)}${parts.authorBox(page)}</div>
<aside class="rail">${parts.popular(page)}${parts.ad(page, 'rail')}</aside>
</div>
${parts.related(page, 'section')}
${parts.comments(page)}
${parts.footer(page)}
${parts.cookieNotice(page)}
</body></html>
`
}
