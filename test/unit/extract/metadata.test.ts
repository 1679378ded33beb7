import { describe, expect, it } from 'vitest'
import { extract } from '../../../functions/extract/extract.ts'
import { dateOfUrl, parseDate } from '../../../functions/extract/page-date.ts'

const read = (head: string, body = '', url = 'http://site/') =>
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
