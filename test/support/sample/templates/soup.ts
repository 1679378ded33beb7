/** Templates without semantic markup: generated class names, styled spans, line breaks for paragraphs, a portal's divs. */
import * as parts from '../furniture.ts'
import { head } from '../head.ts'
import { escape, renderBlocks } from '../html.ts'
import type { BlockStyle } from '../html.ts'
import { lazyImages } from '../script.ts'
import type { PageContext } from '../site.ts'

/** An application rendered on the server: divs with hashed class names, its state as JSON in the head. */
export function hashed(page: PageContext): string {
  const { article, site, pack } = page
  const cls = (): string => `css-${page.choose.hex(6)} e${page.choose.hex(5)}${page.choose.int(9)}`
  const paragraph = cls()
  const style: BlockStyle = {
    paragraph: (html) => `<div class="${paragraph}"><p class="${paragraph.split(' ')[0]}-p">${html}</p></div>`,
    heading: (html) => `<div class="${paragraph}"><h3>${html}</h3></div>`,
    list: (items) =>
      `<div class="${paragraph}"><ul>${items.map((item) => `<li><span>${item}</span></li>`).join('')}</ul></div>`,
    inline: page.choose,
    after: parts.between(page, [
      () => `<div class="${cls()}">${parts.ad(page)}</div>`,
      () => `<div class="${cls()}">${parts.related(page)}</div>`,
    ]),
  }
  return `<!DOCTYPE html><html lang="${pack.htmlLang}">${head(page, { rules: 14, state: true })}<body><div id="__root"><div class="${cls()}"><div class="${cls()}">${parts.logo(page)}<div class="${cls()}">${parts.menu(page)}${parts.drawer(page)}</div><button class="${site.prefix}-toggle ${cls()}">${pack.signIn}</button></div>
<div class="${cls()}"><div class="${cls()}">${parts.breadcrumbs(page, ' <i>/</i> ')}<h1 class="${cls()}">${escape(article.title)}</h1><div class="${cls()}"><span>${escape(page.byline ?? site.name)}</span><span>${page.date}</span><span>${pack.minutes(2 + page.choose.int(6))}</span></div></div>
<div class="${cls()}">${renderBlocks(article.blocks, style)}</div>
<div class="${cls()}">${parts.tagCloud(page)}${parts.share(page)}</div></div>
<div class="${cls()}">${parts.newsletter(page)}${parts.popular(page)}</div>
<div class="${cls()}">${parts.comments(page)}</div>
<div class="${cls()} footer-nav">${parts.drawer(page)}</div>${parts.footer(page, 'div')}</div>${parts.cookieNotice(page)}</div>
<script>${lazyImages()}</script><script src="/_app/chunks/${page.choose.hex(8)}.js" defer></script></body></html>`
}

/** A Chinese news portal: numbered divs, paragraphs that begin with two ideographic spaces, the editor's name at the end. */
export function portal(page: PageContext): string {
  const { article, site, pack, choose } = page
  const indent = pack.htmlLang === 'en' ? '' : '　　'
  const style: BlockStyle = {
    paragraph: (html) => `<p>${indent}${html}</p>`,
    heading: (html) => `<p>${indent}<strong>${html}</strong></p>`,
    list: (items) => items.map((item) => `<p>${indent}${item}</p>`).join('\n'),
    inline: choose,
  }
  return `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
${head(page, { rules: 14, jsonLd: false, openGraph: false })}
<body>
<div class="top_bar"><div class="w1000"><div class="fl"><a href="/">${pack.home}</a> | <a href="/login">${pack.signIn}</a> | <a href="/wap">${pack.htmlLang === 'en' ? 'Mobile' : '手机版'}</a></div><div class="fr" id="weather"></div></div></div>
<div class="header w1000">${parts.logo(page)}${parts.ad(page, 'banner')}${parts.searchBox(page)}</div>
<div class="nav w1000">${parts.menu(page)}</div>
<div class="w1000 path">${parts.breadcrumbs(page, '&gt;')}</div>
<div class="w1000 main clearfix"><div class="con_left fl">
<h1 id="title">${escape(article.title)}</h1>
<div class="source_bar"><span>${page.date}</span> <span>${escape(page.byline ?? site.name)}</span> <span class="size">${pack.htmlLang === 'en' ? 'A A A' : '字号：大 中 小'}</span></div>
<div id="artibody" class="content_area">
${renderBlocks(article.blocks, style)}
</div>
<div class="editor">${choose.pick(pack.disclaimers)}</div>
${parts.tagCloud(page)}${parts.share(page)}
${parts.previousNext(page)}
${parts.related(page)}
${parts.comments(page)}
</div>
<div class="con_right fr">${parts.ad(page, 'right')}${parts.popular(page)}${parts.newsletter(page)}${parts.ad(page, 'right2')}</div></div>
<div class="clear"></div>
${parts.footer(page, 'div')}
${parts.cookieNotice(page)}
</body>
</html>
`
}

/** One div whose paragraphs are parted by line breaks alone. */
export function breaks(page: PageContext): string {
  const { article, site, pack, choose } = page
  const style: BlockStyle = {
    paragraph: (html) => `　　${html}<br /><br />`,
    heading: (html) => `<b>${html}</b><br /><br />`,
    list: (items) => items.map((item) => `${item}<br />`).join('\n') + '<br />',
  }
  return `<!DOCTYPE html>
<html>
${head(page, { rules: 14, jsonLd: false, openGraph: choose.chance(0.3) })}
<body>
<div id="header"><h2><a href="/">${escape(site.name)}</a></h2><span>${site.tagline}</span>${parts.menu(page)}</div>
<div id="wrap"><div id="left">
${parts.breadcrumbs(page, ' » ')}
<div class="title"><h1>${escape(article.title)}</h1></div>
<div class="info">${escape(page.byline ?? '')} ${page.date} ${pack.htmlLang === 'en' ? 'Views' : '浏览'}: ${choose.int(9000)}</div>
<div class="text" id="zoom">
${renderBlocks(article.blocks, style)}
</div>
<div class="pages">${parts.previousNext(page)}</div>
${parts.share(page)}
${parts.comments(page)}
</div><div id="right">${parts.searchBox(page)}${parts.popular(page)}${parts.related(page)}${parts.ad(page, 'side')}</div></div>
${parts.footer(page, 'div')}
</body></html>
`
}

const inSections = (html: string): string =>
  `<section style="margin: 0px;padding: 0px;box-sizing: border-box;"><section style="line-height: 1.75;">${html}</section></section>`

/** A messenger's article: sections in sections, every run of text in a styled span. */
export function nested(page: PageContext): string {
  const { article, site, pack, choose } = page
  const css = `color: rgb(${choose.int(90)}, ${choose.int(90)}, ${choose.int(90)});font-size: ${15 + choose.int(3)}px;letter-spacing: 0.${choose.int(9)}px;`
  const style: BlockStyle = {
    paragraph: (html) =>
      inSections(`<p style="text-align: justify;"><span style="${css}">${html}</span></p><p><br></p>`),
    heading: (html) =>
      inSections(`<p style="text-align: center;"><strong><span style="${css}">${html}</span></strong></p>`),
    list: (items) =>
      inSections(
        `<ul class="list-paddingleft-2">${items.map((item) => `<li><p><span style="${css}">${item}</span></p></li>`).join('')}</ul>`,
      ),
    inline: choose,
  }
  return `<!DOCTYPE html>
<html class="">
${head(page, { rules: 16, jsonLd: false })}
<body id="activity-detail" class="zh_CN mm_appmsg">
<div id="js_article" class="rich_media"><div class="rich_media_inner"><div id="page-content" class="rich_media_area_primary"><div id="img-content" class="rich_media_wrp">
<h1 class="rich_media_title" id="activity-name">${escape(article.title)}</h1>
<div id="meta_content" class="rich_media_meta_list">${page.byline === null ? '' : `<span class="rich_media_meta">${escape(page.byline)}</span> `}<span class="rich_media_meta nickname"><a href="/profile">${escape(site.name)}</a></span> <em id="publish_time">${page.date}</em></div>
<div class="rich_media_content" id="js_content" style="visibility: hidden;">
${renderBlocks(article.blocks, style)}
</div></div>
<div class="rich_media_tool"><span>${pack.htmlLang === 'en' ? 'Reads' : '阅读'} ${choose.int(20_000)}</span> ${parts.share(page)}</div>
${parts.newsletter(page)}${parts.related(page)}
</div>${parts.comments(page)}</div></div>
${parts.footer(page, 'div')}
</body></html>
`
}
