import { describe, expect, it } from 'vitest'
import { extract } from '../../../functions/extract/extract.ts'
import { dateOfUrl, parseDate } from '../../../functions/extract/page-date.ts'

const read = (head: string, body = '', url = 'http://site.example/mills/on-races') =>
  extract(new TextEncoder().encode(`<html><head>${head}</head><body>${body}</body>`), { url })

describe('titles', () => {
  it.each<[string, string, string, string | null]>([
    ['the site goes', '<title>On mills | The Site</title>', '', 'On mills'],
    [
      'the heading tells where',
      '<title>On mills - and races - Site</title>',
      '<h1>On mills - and races</h1>',
      'On mills - and races',
    ],
    ['og:title first', '<meta property="og:title" content="On &amp; off"><title>x | Site</title>', '', 'On & off'],
    [
      'the declared site goes',
      '<meta property="og:site_name" content="A Much Longer Site Name Than The Title"><title>Mills - A Much Longer Site Name Than The Title</title>',
      '',
      'Mills',
    ],
    ['a hyphen inside words stays', '<title>State-of-the-art mills</title>', '', 'State-of-the-art mills'],
    ['Chinese', '<title>水车的历史_某某网</title>', '', '水车的历史'],
    ['a Chinese site that comes first', '<title>某某论坛 - 水车的历史</title>', '', '水车的历史'],
    ['a heading alone', '', '<h1>Only this</h1>', 'Only this'],
    ['none', '', '<p>text</p>', null],
  ])('%s', (_, head, body, title) => {
    expect(read(head, body).title).toBe(title)
  })
})

describe('authors', () => {
  it.each<[string, string, string | null]>([
    ['meta', '<meta name=author content="By Ann Lee">', 'Ann Lee'],
    [
      'JSON-LD',
      '<script type="application/ld+json">{"author":[{"@type":"Person","name":"Ann Lee"},{"name":"Bo Li"}]}</script>',
      'Ann Lee, Bo Li',
    ],
    ['JSON-LD as text', '<script type="application/ld+json">{"author":"Ann \\u004cee"}</script>', 'Ann Lee'],
    [
      'an organisation is nobody',
      '<script type="application/ld+json">{"author":{"@type":"Organization","name":"Site"}}</script>',
      null,
    ],
    ['the site is nobody', '<meta property=og:site_name content=Site><meta name=author content=site>', null],
    [
      'a story is its writer’s, not its reviewer’s or publisher’s',
      '<script type="application/ld+json">{"@graph":[{"@type":"Product","review":{"@type":"Review","author":{"name":"Bo Li"}}},{"@type":"NewsArticle","publisher":{"name":"Site"},"author":{"@id":"#a"}},{"@type":"Person","@id":"#a","name":"Ann Lee"}]}</script>',
      'Ann Lee',
    ],
    [
      'a product has reviewers',
      '<script type="application/ld+json">{"@type":"Product","review":[{"@type":"Review","author":{"name":"Bo Li"}}]}</script>',
      null,
    ],
    [
      'a label for cards',
      '<meta name=twitter:label1 content="Written by"><meta name=twitter:data1 content="Ann Lee">',
      'Ann Lee',
    ],
    [
      'a site signs its articles',
      '<meta property=og:type content=article><meta property=og:site_name content=Site><meta name=author content=Site>',
      'Site',
    ],
    [
      'a person before the site',
      '<meta property=og:type content=article><meta property=og:site_name content=Site><meta name=author content=Site><meta name=byl content="By Ann Lee">',
      'Ann Lee',
    ],
    ['an account is nobody', '<meta name=author content=admin>', null],
    ['a URL is nobody', '<meta property=article:author content="https://face.example/ann">', null],
    ['an editor wrote nothing', '<meta name=author content="责任编辑：李明">', null],
    [
      'an owner whose site has the same name',
      '<meta property=og:site_name content="Ann Lee"><meta name=author content="Ann Lee">',
      'Ann Lee',
    ],
    ['nobody', '', null],
  ])('%s', (_, head, author) => {
    expect(read(head).author).toBe(author)
  })
})

describe('dates', () => {
  it.each<[string, string | null]>([
    ['2024-03-05T10:00:00Z', '2024-03-05'],
    ['2024/3/5', '2024-03-05'],
    ['20240305', '2024-03-05'],
    ['2024年3月5日', '2024-03-05'],
    ['Posted on March 5th, 2024', '2024-03-05'],
    ['5 Mar 2024', '2024-03-05'],
    ['2024-13-05', null],
    ['2023-02-29', null],
    ['03/05/2024', null],
    ['03/25/2024 10:00 AM', '2024-03-25'],
    ['25.03.2024', '2024-03-25'],
    ['soon', null],
  ])('%s', (text, date) => {
    expect(parseDate(text)).toBe(date)
  })

  it.each<[string, string | null]>([
    ['http://site/2024/03/05/mills', '2024-03-05'],
    ['http://site/news/20240305/a.html', '2024-03-05'],
    ['http://site/2024-03-05-mills.html', '2024-03-05'],
    ['http://site/item/201912345678', null],
    ['http://site/2024/mills', null],
  ])('%s', (url, date) => {
    expect(dateOfUrl(url)).toBe(date)
  })

  it('come from what is declared before the URL', () => {
    const head = '<meta property="article:published_time" content="2024-01-02T00:00:00+08:00">'
    expect(read(head, '', 'http://site/2020/01/01/x').date).toBe('2024-01-02')
    expect(read('<script type="application/ld+json">{"datePublished": "2024-01-03"}</script>').date).toBe('2024-01-03')
    expect(read('<script type="application/ld+json">{"datePublished": "2024-01-03", broken</script>').date).toBe(
      '2024-01-03',
    )
    expect(
      read('<script type="application/ld+json">{"@type":"Review","datePublished": "2024-01-03"}</script>').date,
    ).toBe(null)
    expect(read('', '<time datetime="2024-01-04">then</time>').date).toBe('2024-01-04')
    expect(read('', '<p>Visits from 2024-01-05 to 2024-02-05 cost nothing, after that they do.</p>').date).toBe(null)
  })
})

const MAIN =
  '<p>The mill stands by the water, and the wheel that turns it has stood there for more than two hundred years, as old maps of the valley show, and as everybody in the valley will tell you, if you ask.</p>'.repeat(
    5,
  )
describe('bylines that readers see', () => {
  it.each<[string, string, string | null, string | null]>([
    ['English', '<div class=byline>By Ann Lee</div><span>Posted: March 5, 2024</span>', 'Ann Lee', '2024-03-05'],
    [
      'by a class word',
      '<div class="post-author">Ann Lee</div><div class="post-date">5 Mar 2024</div>',
      'Ann Lee',
      '2024-03-05',
    ],
    ['Chinese', '<div>作者：李明 发布时间：2024-03-05 10:20</div>', '李明', '2024-03-05'],
    ['after a label', '<p>Written by</p><p>Ann Lee</p>', 'Ann Lee', null],
    ['a forum’s user', '<div class="post-author"><a href=/u/7>ann_77</a></div>', 'ann_77', null],
    ['published before updated', '<p>Updated: March 7, 2025</p><p>Published: March 5, 2024</p>', null, '2024-03-05'],
    [
      'text that goes on',
      '<p>By following these steps</p><p>Since 5 March 2024 the wheel has not turned once, for want of water</p>',
      null,
      null,
    ],
  ])('%s', (_, byline, author, date) => {
    expect(read('', `<article><h1>The mill</h1>${byline}${MAIN}</article>`)).toMatchObject({ author, date })
  })
})

describe('names in inline elements', () => {
  const page = (byline: string, url?: string) =>
    read('', `<article><h1>The mill</h1><div class=meta>${byline}</div>${MAIN}</article>`, url)
  it.each<[string, string, string | null]>([
    ['a word in the element before', '<span>By</span> <span>Ann Lee</span> <b>12 min</b>', 'Ann Lee'],
    ['rel', 'in Wheels, <a rel="author" href="/x">Ann Lee</a> · 7 comments', 'Ann Lee'],
    ['itemprop', 'in Wheels, <span itemprop=author>Ann Lee</span> · 7 comments', 'Ann Lee'],
    ['a class', 'in Wheels, <span class="postMeta authorName">Ann Lee</span> · 7 comments', 'Ann Lee'],
    ['a link to an author’s page', 'in Wheels, <a href="/author/ann/">Ann Lee</a> · 7 comments', 'Ann Lee'],
    ['two', '<a href="/author/a/">Ann Lee</a> and <a href="/author/b/">Bo Li</a> · 7', 'Ann Lee, Bo Li'],
    ['what an author is, is no name', 'in Wheels, <span class="author-bio">Old Hand</span> · 7 comments', null],
    ['a user outside a forum', 'in Wheels, <a class=username href="/u/ann">ann_77</a> · 7 comments', null],
  ])('%s', (_, byline, author) => {
    expect(page(byline).author).toBe(author)
  })

  it('a user who opens a thread', () => {
    const byline = 'in Wheels, <a class=username href="/u/ann">ann_77</a> · 7 comments'
    expect(page(byline, 'http://site.example/forum/wheels/17').author).toBe('ann_77')
  })

  it('the first marked author of a thread, wherever its post is read first', () => {
    const posts = ['ann_77', 'bo_li'].map(
      (name) =>
        `<div>${MAIN}</div><div itemprop="author"><a href=/u/1>12</a><meta itemprop="name" content="${name}"></div>`,
    )
    expect(read('', posts.join(''), 'http://site.example/questions/17/wheels').author).toBe('ann_77')
  })

  it.each<[string, string]>([
    ['a front page', 'http://site.example/'],
    ['a part of a site', 'http://site.example/news'],
    ['a list', 'http://site.example/news/category/wheels'],
    ['a shop', 'http://site.example/products/wheel-17'],
  ])('%s shows who wrote what it lists', (_, url) => {
    expect(page('By <a rel=author href="/a">Ann Lee</a>', url).author).toBe(null)
  })

  it('behind the text only what is said', () => {
    const behind = (end: string) =>
      read('', `<article><h1>The mill</h1>${MAIN.repeat(5)}</article><footer>${end}</footer>`).author
    expect(behind('<h4>Written by</h4><p>Ann Lee</p>')).toBe('Ann Lee')
    expect(behind('<a rel=author href="/a">Bo Li</a> on wheels')).toBe(null)
  })
})

const CHINESE =
  '<p>水车立在河边，轮子在那里转了两百多年，山谷里的旧地图上都画着它，问起山谷里的人，人人都会这样告诉你。</p>'.repeat(
    5,
  )
describe('credits in Chinese text', () => {
  it.each<[string, string, string, string | null]>([
    [
      'a reporter in the first line',
      '<p>本报讯（记者 李明）今年的水车修好了，村里人都来看，河边站满了人。</p>',
      '',
      '李明',
    ],
    ['a reporter at the end', '', '<p>（晨报记者 李明 王芳）</p>', '李明 王芳'],
    ['a reporter on a line alone', '', '<p>本报记者 李明</p>', '李明'],
    ['where it was written', '', '<p>……这就是水车的来历。（李明 上海报道）</p>', '李明'],
    ['a signature', '', '<p>（李明）</p>', '李明'],
    ['the end is no signature', '', '<p>（待续）</p>', null],
    ['a label behind the text', '', '<div>来源：晨报</div><div>作者：李明</div>', '李明'],
    ['who held the pen', '', '<p>执笔人：李明 王芳</p>', '李明 王芳'],
    ['a post', '<div>ann77 发表于 2005-9-15 11:46</div>', '', 'ann77'],
    ['an editor and a source', '', '<div>来源：晨报</div><div>责任编辑：李明</div>', null],
    ['what a reporter was told', '<p>李明告诉记者，水车明年还要再修一次，到那时轮子会换成新的。</p>', '', null],
  ])('%s', (_, before, after, author) => {
    expect(read('', `<div><h1>水车</h1>${before}${CHINESE}${after}</div>`).author).toBe(author)
  })
})

describe('days beside the text', () => {
  const page = (line: string) => read('', `<article><h1>The mill</h1>${line}${MAIN}</article>`).date
  it.each<[string, string, string | null]>([
    [
      'of a class',
      '<div>in Wheels <span class="post-date">5 Mar 2024</span> by the river and far from it</div>',
      '2024-03-05',
    ],
    ['alone', '<div>in Wheels <span>5 Mar 2024</span> by the river and far from everything else</div>', '2024-03-05'],
    ['the first of two in a line', '<p>March 5, 2024 - Updated July 9, 2025</p>', '2024-03-05'],
    ['on which a user joined', '<div>Joined: 5 Mar 2014</div>', null],
    ['注册时间', '<div>注册时间：2014-03-05</div>', null],
    ['updated, where nothing else is', '<div><span class="updated">Updated March 5, 2024</span></div>', '2024-03-05'],
  ])('%s', (_, line, date) => {
    expect(page(line)).toBe(date)
  })

  it('under any name that says published', () => {
    expect(read('<meta name="published-date" content="2024-03-05">').date).toBe('2024-03-05')
    expect(read('<meta name="ms.date" content="03/25/2024">').date).toBe('2024-03-25')
    expect(read('<meta property="og:article&#x3A;published_time" content="2024-03-05">').date).toBe('2024-03-05')
    expect(read('<meta name="modified-date" content="2024-03-05">').date).toBe(null)
  })

  it('that readers see before the declared one: the page was published again', () => {
    const head = '<meta property="article:published_time" content="2024-05-06">'
    expect(read(head, `<h1>The mill</h1><p class=date>March 5, 2024</p>${MAIN}`).date).toBe('2024-03-05')
  })
})

it('the day that readers see, where the time zone of the data makes it another', () => {
  const head = '<meta property="article:published_time" content="2024-03-06T02:00:00Z">'
  expect(read(head, `<h1>The mill</h1><p>March 5, 2024</p>${MAIN}`).date).toBe('2024-03-05')
  expect(read(head, `<h1>The mill</h1><p>March 9, 2024</p>${MAIN}`).date).toBe('2024-03-06')
})

describe('the type that a page declares', () => {
  const typed = (type: string) => `<script type="application/ld+json">{"@type":"${type}"}</script>`
  it.each<[string, string, string | null]>([
    ['schema.org article', typed('NewsArticle'), 'article'],
    ['schema.org forum', typed('QAPage'), 'forum'],
    ['schema.org product', typed('Product'), 'product'],
    ['schema.org list', typed('CollectionPage'), 'collection'],
    ['schema.org manual', typed('TechArticle'), 'documentation'],
    ['Open Graph article', '<meta property=og:type content=article>', 'article'],
    ['Open Graph product', '<meta property=og:type content=og:product>', 'product'],
    ['none', '<meta property=og:type content=website>', null],
  ])('%s', (_, head, type) => {
    expect(read(head).pageType).toBe(type)
  })
})

it('the declared language', () => {
  expect(read('').declaredLang).toBe(null)
  expect(extract(new TextEncoder().encode('<html lang="zh_CN"><p>x'), { url: '' }).declaredLang).toBe('zh-CN')
  expect(read('<meta property=og:locale content=en_GB>').declaredLang).toBe('en-GB')
})
