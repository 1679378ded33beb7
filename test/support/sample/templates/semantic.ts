/** Templates whose markup says what is what: `main`, `article`, microdata. */
import * as parts from '../furniture.ts'
import { head } from '../head.ts'
import { escape, list, renderBlocks } from '../html.ts'
import type { BlockStyle } from '../html.ts'
import { lazyImages } from '../script.ts'
import type { PageContext } from '../site.ts'

const plainStyle = (page: PageContext, after: ReadonlyMap<number, string>): BlockStyle => ({
  paragraph: (html) => `<p>${html}</p>`,
  heading: (html) => `<h2>${html}</h2>`,
  list: (items) => list(items),
  inline: page.choose,
  after,
})

const minutes = (page: PageContext): string => page.pack.minutes(2 + page.choose.int(5))

/** A news site: `main > article`, two advertisements and a letter box inside the text. */
export function news(page: PageContext): string {
  const { article, site, pack } = page
  const style = plainStyle(page, parts.between(page, [() => parts.ad(page), () => parts.newsletter(page)]))
  return `<!DOCTYPE html>
<html lang="${pack.htmlLang}" class="no-js">
${head(page, { rules: 16 })}
<body class="${site.prefix}-page single" id="top">
<a class="skip-link" href="#main">${pack.skip}</a>
${parts.ad(page, 'leaderboard')}
<header class="${site.prefix}-header" role="banner">${parts.logo(page)}<button class="${site.prefix}-toggle" aria-expanded="false">☰</button>
<nav role="navigation">${parts.menu(page)}${parts.drawer(page)}</nav>${parts.searchBox(page)}<a class="login" href="/login">${pack.signIn}</a></header>
${parts.breadcrumbs(page)}
<main id="main">
<article>
<header><h1>${escape(article.title)}</h1>
<div class="meta">${page.byline === null ? '' : `<span class="byline">${escape(page.byline)}</span> `}<time datetime="${article.date}">${page.date}</time> <span>${minutes(page)}</span></div>
${parts.share(page)}</header>
<img class="lead" src="/img/${page.choose.hex(10)}.jpg" alt="" width="960" height="540">
${renderBlocks(article.blocks, style)}
<footer>${parts.tagCloud(page)}${parts.authorBox(page)}</footer>
</article>
${parts.related(page, 'aside')}
${parts.comments(page)}
</main>
<aside class="${site.prefix}-side">${parts.popular(page)}${parts.ad(page, 'sky')}${parts.newsletter(page)}</aside>
${parts.footer(page)}
${parts.cookieNotice(page)}
<script>${lazyImages()}</script>
</body>
</html>
`
}

/** Microdata: `section itemprop=articleBody` in a `div itemtype`, wrappers without meaning round it. */
export function microdata(page: PageContext): string {
  const { article, site, pack } = page
  const style = plainStyle(page, parts.between(page, [() => parts.ad(page)]))
  return `<!doctype html>
<html lang="${pack.htmlLang}" itemscope itemtype="https://schema.org/WebPage">
${head(page, { jsonLd: false, rules: 18 })}
<body>
<div class="wrapper">
<div class="topbar"><ul class="util"><li><a href="/login">${pack.signIn}</a></li><li><a href="/rss">RSS</a></li></ul>${parts.searchBox(page)}</div>
<div class="masthead">${parts.logo(page)}<div class="claim">${site.tagline}</div>${parts.menu(page, 'menu')}</div>
<div class="row"><div class="col-8" itemscope itemtype="https://schema.org/Article">
${parts.breadcrumbs(page, ' / ')}
<h1 itemprop="headline">${escape(article.title)}</h1>
<p class="info"><time itemprop="datePublished" content="${article.date}">${page.date}</time>${page.byline === null ? '' : ` <span itemprop="author">${escape(page.byline)}</span>`}</p>
<section itemprop="articleBody">
${renderBlocks(article.blocks, style)}
</section>
<div class="after">${parts.share(page)}${parts.tagCloud(page)}<p class="note"><small>${page.choose.pick(pack.disclaimers)}</small></p></div>
${parts.related(page, 'section')}
${parts.comments(page)}
</div>
<div class="col-4 ${site.prefix}-side">${parts.popular(page)}${parts.newsletter(page)}${parts.ad(page, 'box')}</div></div>
${parts.footer(page, 'div')}
</div>
${parts.cookieNotice(page)}
</body></html>
`
}

/** A weblog engine's page: entry-content, widgets, a threaded list of comments. */
export function weblog(page: PageContext): string {
  const { article, site, pack } = page
  const id = 100 + page.choose.int(9000)
  const style = plainStyle(page, new Map())
  return `<!DOCTYPE html>
<html lang="${pack.htmlLang}">
${head(page, { rules: 14, extra: `<meta name="generator" content="PressBox 5.${page.choose.int(9)}"><link rel="shortlink" href="/?p=${id}">` })}
<body class="post-template-default single single-post postid-${id} right-sidebar">
<div id="page" class="hfeed site"><header id="masthead" class="site-header"><div class="site-branding"><p class="site-title"><a href="/" rel="home">${escape(site.name)}</a></p><p class="site-description">${site.tagline}</p></div>
<div id="site-navigation" class="main-navigation">${parts.menu(page, 'menu')}</div></header>
<div id="content" class="site-content"><div id="primary" class="content-area">
<div id="post-${id}" class="post-${id} post type-post status-publish format-standard hentry category-${article.topic}">
<div class="entry-header"><h1 class="entry-title">${escape(article.title)}</h1><div class="entry-meta"><span class="posted-on"><time class="entry-date published">${page.date}</time></span> ${page.byline === null ? '' : `<span class="author vcard">${escape(page.byline)}</span>`}</div></div>
<div class="entry-content">
${renderBlocks(article.blocks, style)}
<div class="sharedaddy sd-sharing-enabled">${parts.share(page)}</div>
</div>
<div class="entry-footer">${parts.tagCloud(page)}</div>
</div>
${parts.authorBox(page)}
${parts.previousNext(page)}
${parts.comments(page)}
</div>
<div id="secondary" class="widget-area sidebar">${parts.searchBox(page)}${parts.popular(page)}${parts.related(page)}${parts.newsletter(page)}</div></div>
${parts.footer(page)}
</div>
${parts.cookieNotice(page)}
<script src="/wp/jquery.min.js?ver=3.${page.choose.int(7)}"></script>
</body></html>
`
}

/** Documentation: a tree of links on the left, the page's own headings on the right. */
export function docs(page: PageContext): string {
  const { article, site, pack } = page
  const headings = article.blocks.flatMap((block) => (block.kind === 'heading' ? [block.text] : []))
  let heading = 0
  const style: BlockStyle = {
    paragraph: (html) => `<p>${html}</p>`,
    heading: (html) =>
      `<h2 id="s${++heading}">${html} <a class="headerlink" href="#s${heading}" title="Permalink">#</a></h2>`,
    list: (items) => list(items, ' class="simple"'),
    inline: page.choose,
  }
  const tree = [...page.related, ...page.popular].map(
    (item) => `<a href="${escape(item.url)}">${escape(item.title)}</a>`,
  )
  return `<!doctype html>
<html lang="${pack.htmlLang}" data-theme="light">
${head(page, { rules: 16, openGraph: false })}
<body data-spy="scroll">
<div class="docs-header"><a href="/" class="brand">${escape(site.name)}</a>${parts.searchBox(page)}${parts.menu(page)}</div>
<div class="docs-layout">
<div class="docs-sidebar" role="complementary"><div class="sphinxsidebarwrapper">${list(tree, ' class="toctree-l1"')}</div></div>
<div class="docs-main" role="main"><div class="document"><div class="body">
${parts.breadcrumbs(page, ' &raquo; ')}
<h1>${escape(article.title)}</h1>
${renderBlocks(article.blocks, style)}
</div>
<div class="docs-meta">${page.byline === null ? '' : `<span>${escape(page.byline)}</span> · `}<span>${page.date}</span></div>
${parts.previousNext(page)}
<div class="feedback"><span>${pack.htmlLang === 'en' ? 'Was this page helpful?' : '这篇内容对您有帮助吗？'}</span> <button>👍</button> <button>👎</button></div>
</div></div>
<div class="docs-toc">${list(headings.map((text, i) => `<a href="#s${i + 1}">${escape(text)}</a>`))}${parts.ad(page, 'docs')}</div>
</div>
${parts.footer(page)}
${parts.cookieNotice(page)}
</body></html>
`
}
