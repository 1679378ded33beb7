import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileSource } from '../../../cli/file-source.ts'
import { composeText } from '../../../functions/extract/compose-text.ts'
import { extract } from '../../../functions/extract/extract.ts'
import { createScanner } from '../../../functions/extract/scan.ts'
import { decodeHtml } from '../../../functions/read/charset.ts'
import { readSlice } from '../../../functions/read/read-slice.ts'
import { HOSTILE_PAGES } from '../../support/hostile-pages.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const scanPage = createScanner()

/** Everything is kept, so that only the composing is seen. */
function composed(html: string): string {
  const scan = scanPage(bytesOf(html))
  return composeText(scan, new Uint8Array(scan.blocks.count).fill(1))
}

describe('the text of chosen blocks', () => {
  it.each<[string, string, string]>([
    ['a line a block', '<h1>a</h1><p>b<p>c', 'a\nb\nc'],
    ['list items', '<ul><li>a<li>b <b>c</b></ul>', '- a\n- b c'],
    ['one mark an item', '<ul><li><p>a</p><p>b</p><li>c</ul>', '- a\nb\n- c'],
    ['rows of a table', '<table><tr><th>a<th>b<tr><td>1<td>2</table>', 'a | b\n1 | 2'],
    ['no rows in a layout table', `<table><tr><td>${'x'.repeat(300)}<td>b</table>`, `${'x'.repeat(300)}\nb`],
    ['nor where a cell holds two blocks', '<table><tr><td><p>a<p>b<td>c</table>', 'a\nb\nc'],
    ['a list in a cell', '<table><tr><td><ul><li>a<li>b</ul></table>', '- a\n- b'],
    ['code as it stands', '<pre>if a:\n\n    b</pre>', 'if a:\n    b'],
    ['line breaks', 'a<br>b', 'a\nb'],
    ['nothing', '', ''],
  ])('%s', (_, html, text) => {
    expect(composed(html)).toBe(text)
  })

  it('has no empty lines and no white space at line ends, whatever the markup', () => {
    const piece = fc.constantFrom(
      '<p>',
      '<li>',
      '<pre>',
      '</pre>',
      '<br>',
      '\n',
      '  ',
      'a',
      'b c',
      '<td>',
      '<tr>',
      '<table>',
      '&nbsp;',
      '</table>',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = composed(pieces.join(''))
        if (text !== '') for (const line of text.split('\n')) expect(line.trim()).not.toBe('')
      }),
      { numRuns: 300 },
    )
  })
})

const sentence =
  'The mill stands by the water, and the wheel that turns it has stood there for more than two hundred years. '
const PAGE = `<!doctype html><html lang=en><head><title>The mill | Site</title></head><body>
<header class="site-header"><nav class="main-nav"><ul><li><a href=/>Home</a><li><a href=/news>News</a><li><a href=/about>About us</a></ul></nav></header>
<div class="cookie-notice">We use cookies to improve your experience. <a href=/privacy>Read more</a> <button>Accept</button></div>
<main><article class="post-content"><h1>The mill</h1><p>${sentence.repeat(4)}</p><p>${sentence.repeat(3)}</p><h2>The wheel</h2><p>${sentence.repeat(3)}</p></article></main>
<aside class="sidebar related-posts"><h3>Related</h3><ul><li><a href=/a>Another mill</a><li><a href=/b>A third mill</a></ul></aside>
<footer class="site-footer">© 2024 Site. <a href=/terms>Terms</a></footer></body></html>`

describe('a page', () => {
  it('gives its article and nothing around it', () => {
    const { text, title } = extract(bytesOf(PAGE), { url: 'http://site/' })
    expect(title).toBe('The mill')
    expect(text).toContain(sentence.trim())
    expect(text).toContain('The wheel')
    for (const around of ['cookies', 'Home', 'Another mill', 'Terms']) expect(text).not.toContain(around)
  })

  it('gives the same text after any other page', () => {
    const before = extract(bytesOf(PAGE), { url: 'http://site/' })
    extract(bytesOf(`<div>${'<p>other <a href=x>text</a>'.repeat(5000)}`), { url: 'http://other/' })
    extract(new Uint8Array(0), { url: '' })
    expect(extract(bytesOf(PAGE), { url: 'http://site/' })).toEqual(before)
  })

  it('whose heading is not ended is still read', () => {
    const { text, title } = extract(bytesOf(PAGE.replace('</h1>', '<h1>')), { url: '' })
    expect(title).toBe('The mill')
    expect(text).toContain(sentence.trim())
  })

  it('has its title, author and date beside the text, not in it', () => {
    const { text, author, date } = extract(bytesOf(PAGE.replace('</h1>', '</h1><p>By Ann Lee, 5 March 2024</p>')), {
      url: '',
    })
    expect({ author, date }).toEqual({ author: 'Ann Lee', date: '2024-03-05' })
    expect(text.startsWith(sentence.trim())).toBe(true)
  })

  it('of nothing is nothing', () => {
    expect(extract(new Uint8Array(0), { url: '' })).toEqual({
      title: null,
      author: null,
      date: null,
      pageType: null,
      declaredLang: null,
      canonicalUrl: null,
      licence: null,
      optOut: [],
      text: '',
    })
  })
})

describe('structure in main text', () => {
  const around = `<article class="post-content"><h1>The mill</h1><p>${sentence.repeat(4)}</p>`
  it.each<[string, string, readonly string[]]>([
    ['a heading over text', `<h2>The wheel</h2><p>${sentence.repeat(3)}</p>`, ['The wheel']],
    [
      'a list',
      `<p>What the mill needs:</p><ul><li>${sentence}</li><li>A wheel of oak that is older than the house.</li></ul><p>${sentence.repeat(3)}</p>`,
      [`- ${sentence.trim()}`, '- A wheel of oak that is older than the house.'],
    ],
    [
      'a table, as rows',
      `<table><tr><th>Year</th><th>Flour in tons</th></tr><tr><td>1820</td><td>12 from the old stones</td></tr><tr><td>1840</td><td>31 from the new stones</td></tr></table><p>${sentence.repeat(3)}</p>`,
      ['Year | Flour in tons', '1820 | 12 from the old stones', '1840 | 31 from the new stones'],
    ],
    [
      'code',
      `<pre><code>def turn(wheel):\n    return wheel.angle + 1</code></pre><p>${sentence.repeat(3)}</p>`,
      ['def turn(wheel):', '    return wheel.angle + 1'],
    ],
    [
      'TeX as it stands',
      `<p>The power is $P = \\rho g Q h$, where Q is what the race carries in a second and h is how deep it falls.</p><p>${sentence.repeat(3)}</p>`,
      ['$P = \\rho g Q h$'],
    ],
    [
      'a formula of MathML, as TeX',
      `<p>The power is <math alttext="P=\\rho gQh"><mi>P</mi></math>, where Q is what the race carries in a second and h is how deep it falls.</p><p>${sentence.repeat(3)}</p>`,
      ['The power is $P=\\rho gQh$, where Q is what'],
    ],
  ])('%s survives', (_, html, lines) => {
    const { text } = extract(bytesOf(`<body>${around}${html}</article></body>`), { url: '' })
    for (const line of lines) expect(text).toContain(line)
  })

  it('all answers of a thread survive', () => {
    const answers = Array.from(
      { length: 5 },
      (_, n) =>
        `Answer ${n}: the wheel of number ${n} was turned by hand, as you can see from how the spokes are worn.`,
    )
    const posts = answers
      .map((text) => `<div class="answer"><div class="post-body"><p>${text}</p></div></div>`)
      .join('')
    const question = `<div class="question"><h1>How?</h1><div class="post-body"><p>${sentence.repeat(2)}</p></div></div>`
    const { text } = extract(bytesOf(`<body><div id="answers">${question}${posts}</div></body>`), { url: '' })
    for (const answer of answers) expect(text).toContain(answer)
  })
})

describe('what stands around main text goes', () => {
  const article = `<article class="post-content"><h1>The mill</h1>${`<p>${sentence.repeat(3)}</p>`.repeat(4)}</article>`
  it.each<[string, string, string]>([
    [
      'a notice about cookies',
      '<div id="cookie-consent"><p>We use cookies to give you the best experience on our website. By continuing you accept them.</p><button>Accept all</button></div>',
      'cookies',
    ],
    [
      'links to other pages of the site',
      `<div class="related-posts"><h3>Related articles</h3><ul>${'<li><a href="/x">Ten mills that you must see before the winter</a></li>'.repeat(5)}</ul></div>`,
      'Ten mills',
    ],
    [
      'the form for a comment',
      '<div id="respond" class="comment-respond"><h3>Leave a comment</h3><p>Your email address will not be published. Required fields are marked *</p><form><label>Name</label><input></form></div>',
      'email address',
    ],
    [
      'a newsletter',
      '<div class="newsletter-signup"><h4>Subscribe to our newsletter</h4><p>Get the latest stories straight to your inbox.</p></div>',
      'inbox',
    ],
    [
      'what others read, in Chinese',
      `<div class="related"><h3>相关阅读</h3><ul>${'<li><a href="/x">秋天的磨坊与河水</a></li>'.repeat(5)}</ul></div>`,
      '相关阅读',
    ],
  ])('%s', (_, html, gone) => {
    const { text } = extract(bytesOf(`<body>${article}${html}</body>`), { url: 'http://site/the-mill' })
    expect(text).toContain(sentence.trim())
    expect(text).not.toContain(gone)
  })
})

describe('articles and their comments', () => {
  const article = `<article class="post-content"><h1>The mill</h1>${`<p>${sentence.repeat(3)}</p>`.repeat(4)}</article>`
  const posts = Array.from({ length: 3 }, (_, n) => `I have seen the wheel of the mill number ${n}, and it turned.`)
  const page = (name: string): string =>
    `<head><meta property="og:type" content="article"></head><body>${article}<div class="${name}">${posts
      .map((text) => `<div class="${name}-body"><p>${text}</p></div>`)
      .join('')}</div></body>`

  it('the comments go', () => {
    const { text } = extract(bytesOf(page('comments')), { url: '' })
    expect(text).toContain(sentence.trim())
    for (const post of posts) expect(text).not.toContain(post)
  })

  it('a text that stands again in other markup is said once', () => {
    const copy = `<section class="print-view"><div><p>${sentence.repeat(3)}</p></div></section>`
    const once = `<article class="post-content"><h1>The mill</h1><p>${sentence.repeat(3)}</p><p>And ${sentence.repeat(3)}</p></article>`
    const { text } = extract(bytesOf(`<body>${once}${copy}</body>`), { url: '' })
    expect(text.split('\n').filter((line) => line === sentence.repeat(3).trim())).toHaveLength(1)
  })
})

/** The bytes, and how often one of them was looked at. */
function countingReads(html: string): { bytes: Uint8Array; reads: () => number } {
  const bytes = bytesOf(html)
  let count = 0
  const counting = new Proxy(bytes, {
    get(target, key) {
      if (key === 'length') return target.length
      if (key === 'indexOf')
        return (byte: number, from: number) => {
          const found = target.indexOf(byte, from)
          count += (found < 0 ? target.length : found + 1) - from
          return found
        }
      if (key === 'subarray')
        return (from: number, to: number) => {
          count += Math.max(0, to - from)
          return target.subarray(from, to)
        }
      if (typeof key === 'string' && /^\d/.test(key)) count++
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  return { bytes: counting, reads: () => count }
}

describe('pages made to hurt', () => {
  it.each(HOSTILE_PAGES)('are read in steps that grow with their size: %s', (_, make) => {
    const stepsOf = (units: number): number => {
      const { bytes, reads } = countingReads(make(units))
      scanPage(bytes)
      return reads()
    }
    const [small, large] = [stepsOf(500), stepsOf(4000)]
    // Eight times the page: eight times the looks, with room for what is looked at once.
    expect(large).toBeLessThan(small * 8 + 2000)
  })
})

const TOKEN = /[\u3400-\u9fff]|(?:(?![\u3400-\u9fff])[\p{L}\p{N}])+/gu
function grams(text: string): Map<string, number> {
  const tokens = text.match(TOKEN) ?? []
  const counts = new Map<string, number>()
  for (let i = 0; i + 3 < tokens.length; i++) {
    const gram = tokens.slice(i, i + 4).join(' ')
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  return counts
}

/** F1 over multisets of token 4-grams, a page's (tp, fp, fn) scaled to one. */
function pageCounts(got: string, gold: string): [number, number, number] {
  const [a, b] = [grams(got), grams(gold)]
  const sum = (counts: Map<string, number>) => [...counts.values()].reduce((x, y) => x + y, 0)
  const both = [...a].reduce((n, [gram, count]) => n + Math.min(count, b.get(gram) ?? 0), 0)
  const [extra, missing] = [sum(a) - both, sum(b) - both]
  const scale = both + extra + missing || 1
  return [both / scale, extra / scale, missing / scale]
}

const data = path.join(import.meta.dirname, '../../../../shared/data')
describe.skipIf(!existsSync(data))('real pages (skipped where ../shared is missing)', () => {
  it.each<[string, string, string, number]>([
    ['zh', 'crawl/zh.warc.gz', 'pages/zh.gold.jsonl.gz', 0.95],
    ['aeb', 'crawl/dev.warc.gz', 'pages/gold.jsonl.gz', 0.95],
  ])('%s: not below what was reached', { timeout: 120_000 }, async (set, crawl, goldFile, floor) => {
    const lines = gunzipSync(readFileSync(path.join(data, goldFile)))
      .toString('utf8')
      .trim()
      .split('\n')
    const gold = new Map(
      lines
        .map((line) => JSON.parse(line) as { url: string; set: string; text?: string })
        .map((page) => [page.url, page]),
    )
    let [tp, fp, fn] = [0, 0, 0]
    for await (const event of readSlice(await fileSource(path.join(data, crawl)))) {
      const page = event.kind === 'page' ? gold.get(event.page.url) : undefined
      if (event.kind !== 'page' || page?.set !== set || page.text === undefined) continue
      const decoded = decodeHtml(event.page.body, event.page.charset)
      const counts = pageCounts(decoded.kept ? extract(decoded.value.bytes, { url: page.url }).text : '', page.text)
      tp += counts[0]
      fp += counts[1]
      fn += counts[2]
    }
    expect((2 * tp) / (2 * tp + fp + fn)).toBeGreaterThan(floor)
  })
})
