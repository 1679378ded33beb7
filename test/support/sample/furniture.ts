/** What stands round an article. Each function has a few ways of saying and of marking up the same thing. */
import { escape, link, list } from './html.ts'
import type { Link, PageContext } from './site.ts'

const ICONS = [
  'M4 4h16v12H8l-4 4z',
  'M12 2 22 20H2z',
  'M18 8a3 3 0 1 0-3-3l-6 4a3 3 0 1 0 0 4l6 4',
  'M3 5h18v14H3zM3 5l9 8 9-8',
]

const anchor = ({ url, title }: Link): string => link(escape(url), escape(title))

export const menu = ({ site }: PageContext, cls = 'nav'): string =>
  list(
    site.menu.map((item, i) =>
      link(
        item.url,
        escape(item.title),
        i === 1 ? ` class="${site.prefix}-${cls}__link is-active"` : ` class="${site.prefix}-${cls}__link"`,
      ),
    ),
    ` class="${site.prefix}-${cls}"`,
  )

/** The menu once more for small screens, every topic with its tags below it. */
export const drawer = ({ site, pack }: PageContext): string =>
  `<div class="${site.prefix}-drawer" hidden>${Object.entries(pack.topics)
    .map(
      ([topic, { name, tags }]) =>
        `<div class="${site.prefix}-drawer__group"><a class="${site.prefix}-drawer__head" href="/${topic}/">${escape(name)}</a>${list(
          tags.map((tag, i) => link(`/${topic}/?tag=${i}`, tag, ` class="${site.prefix}-drawer__link"`)),
          ` class="${site.prefix}-drawer__list"`,
        )}</div>`,
    )
    .join('\n')}</div>`

export const logo = ({ site }: PageContext): string =>
  `<a class="${site.prefix}-logo" href="/" title="${escape(site.name)}"><img src="/img/logo.svg" alt="${escape(site.name)}" width="180" height="40"></a>`

export const searchBox = ({ pack, site }: PageContext): string =>
  `<form class="${site.prefix}-search" action="/search" method="get"><label for="q">${pack.search}</label><input id="q" name="q" type="search" placeholder="${pack.search}"><button type="submit">${pack.htmlLang === 'en' ? 'Go' : '搜索'}</button></form>`

export const breadcrumbs = ({ pack, article, site }: PageContext, separator = ' › '): string =>
  `<div class="${site.prefix}-crumb">${[link('/', pack.home), link(`/${article.topic}/`, escape(pack.topics[article.topic]?.name ?? article.topic)), `<span>${escape(article.title)}</span>`].join(separator)}</div>`

export function cookieNotice({ pack, choose, site }: PageContext): string {
  if (!site.hasCookieNotice) return ''
  const text = choose.pick(pack.cookieNotices)
  const buttons = `<button value="all">${choose.pick(pack.accept)}</button> <button value="none">${choose.pick(pack.decline)}</button>`
  return choose.chance(0.5)
    ? `<div id="consent" class="cookie-banner" role="dialog" aria-live="polite"><p>${text}</p>${buttons}</div>`
    : `<section id="consent" class="${site.prefix}-modal gdpr"><div class="gdpr-inner"><span>${text}</span> ${link('/cookies', choose.pick(pack.decline))} ${buttons}</div></section>`
}

export function ad({ pack, choose, site }: PageContext, slot = 'inline'): string {
  const [heading, text] = choose.pick(pack.ads)
  const label = choose.pick(pack.adLabels)
  const id = choose.hex(6)
  return choose.pick([
    `<div class="ad ad-${slot}" id="ad-${id}"><span class="ad-label">${label}</span><a href="https://click.${site.host}/r?c=${id}" rel="sponsored nofollow"><b>${escape(heading)}</b> ${escape(text)}</a></div>`,
    `<aside class="${site.prefix}-promo sponsored" data-slot="${slot}"><small>${label}</small><h4>${escape(heading)}</h4><p>${escape(text)}</p></aside>`,
    `<div class="advert" aria-label="${label}"><ins class="adsbyus" data-ad-slot="${id}"></ins><a href="/go/${id}">${escape(heading)}: ${escape(text)}</a></div>`,
  ])
}

export function newsletter({ pack, choose, site }: PageContext): string {
  const [heading, text, button] = choose.pick(pack.newsletters)
  return `<div class="${site.prefix}-form newsletter-signup"><h3>${heading}</h3><p>${text}</p><form action="/subscribe" method="post"><input type="email" name="email" placeholder="name@example.com"><button>${button}</button></form></div>`
}

export function share({ pack, choose, site, url }: PageContext): string {
  const targets = choose.some(pack.shareTargets, 3 + choose.int(5))
  const buttons = targets.map(
    (name, i) =>
      `<a class="share-btn s${i}" href="/share?to=${i}&amp;u=${encodeURIComponent(url)}"><svg width="16" height="16" viewBox="0 0 24 24"><path d="${ICONS[i % ICONS.length]}"/></svg><span>${name}</span></a>`,
  )
  return `<div class="${site.prefix}-share social"><span class="social-label">${choose.pick(pack.shareHeadings)}</span>${buttons.join('')}<span class="count">${choose.int(900)}</span></div>`
}

export function related({ pack, choose, site, related: links }: PageContext, tag = 'div'): string {
  const heading = choose.pick(pack.relatedHeadings)
  const items = links.map(
    (item) =>
      `<img src="/thumb/${choose.int(900)}.jpg" alt="" loading="lazy" width="120" height="80">${anchor(item)} <time>${2019 + choose.int(6)}-${10 + choose.int(3)}-${10 + choose.int(18)}</time>`,
  )
  return `<${tag} class="${site.prefix}-card related-posts"><h3>${heading}</h3>${list(items)}</${tag}>`
}

export function popular({ pack, choose, site, popular: links }: PageContext): string {
  const heading = choose.pick(pack.popularHeadings)
  return `<div class="${site.prefix}-side__item widget most-read"><h3 class="widget-title">${heading}</h3>${list(
    links.map((item, i) => `<span class="rank">${i + 1}</span> ${anchor(item)}`),
    '',
    'ol',
  )}</div>`
}

export const tagCloud = ({ pack, choose, article, site }: PageContext): string =>
  `<div class="${site.prefix}-tag tags"><span>${choose.pick(pack.tagsHeading)}</span> ${choose
    .some(pack.topics[article.topic]?.tags ?? [], 4)
    .map((tag) => link(`/tag/${tag.length}${tag.codePointAt(0) ?? 0}`, tag, ' rel="tag"'))
    .join(pack.htmlLang === 'en' ? ', ' : ' ')}</div>`

export function comments({ pack, choose, site }: PageContext): string {
  if (!site.hasComments) return ''
  const texts = choose.some(pack.comments, 2 + choose.int(7))
  const names = choose.some(pack.commenters, texts.length)
  const items = texts.map((text, i) => {
    const likes = choose.int(40)
    const when = `${2019 + choose.int(6)}-0${1 + choose.int(9)}-${10 + choose.int(18)} ${10 + choose.int(13)}:${10 + choose.int(49)}`
    return `<div class="comment-meta"><b class="fn">${escape(names[i] ?? '')}</b> <time>${when}</time></div><div class="comment-body"><p>${escape(text)}</p></div><div class="comment-tools">${pack.reply
      .slice(0, 2 + choose.int(3))
      .map((word) => `<a href="#r${i}">${word}</a>`)
      .join(' ')} <span>${likes}</span></div>`
  })
  return `<section class="${site.prefix}-comment comments-area" id="comments"><h3>${choose.pick(pack.commentHeadings)} (${items.length + choose.int(3)})</h3>${list(items, ' class="comment-list"', 'ol')}<form id="commentform" action="/comment" method="post"><p>${choose.pick(pack.commentPrompts)}</p><textarea name="comment" rows="5"></textarea><input type="submit" value="${pack.reply[0]}"></form></section>`
}

export function authorBox({ pack, choose, article, site }: PageContext): string {
  if (article.author === null) return ''
  const joint = pack.htmlLang === 'en' ? ' ' : '，'
  return `<div class="${site.prefix}-card author-box"><img class="avatar" src="/avatar/${choose.hex(6)}.png" alt="" width="64" height="64"><p><strong>${escape(article.author)}</strong>${joint}${choose.pick(pack.bios)}</p></div>`
}

const neighbour = (label: string, target: Link | undefined): string =>
  target === undefined ? '' : `<div>${label} ${anchor(target)}</div>`

export function previousNext({ pack, choose, related: links }: PageContext): string {
  const [first, second] = links
  return `<div class="post-navigation">${neighbour(choose.pick(pack.previous), first)}${neighbour(choose.pick(pack.next), second)}</div>`
}

export function footer({ site, pack, choose }: PageContext, tag = 'footer'): string {
  const columns = [site.footer.slice(0, site.footer.length / 2), site.footer.slice(site.footer.length / 2)]
  return `<${tag} class="${site.prefix}-foot"><div class="cols">${columns.map((column) => list(column.map(anchor))).join('')}</div><p class="copy">© ${2021 + choose.int(5)} ${escape(site.name)}. ${site.tagline}</p>${site.copyright.map((text) => `<p class="legal">${text}</p>`).join('')}<a class="top" href="#top">${pack.htmlLang === 'en' ? 'Back to top' : '返回顶部'}</a></${tag}>`
}

/** Furniture after two of the article's blocks, never after a heading or as the last thing. */
export function between(page: PageContext, pieces: readonly (() => string)[]): Map<number, string> {
  const { blocks } = page.article
  const places = blocks.flatMap((block, i) => (block.kind === 'paragraph' && i < blocks.length - 1 ? [i] : []))
  return new Map(page.choose.some(places, pieces.length).map((place, i) => [place, pieces[i]?.() ?? '']))
}
