/** The scan's kernel beside its plain twin: the same columns, the same tags for metadata. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COUNTS, NUM_COUNTS } from '../../../functions/extract/block-table.ts'
import { emptyMetadata, metadataSink } from '../../../functions/extract/metadata.ts'
import { NEEDLES } from '../../../functions/extract/scan-tables.ts'
import { createScanner, type MetadataSink, type Scan } from '../../../functions/extract/scan.ts'
import { ATTRIBUTES } from '../../../functions/extract/tag.ts'
import { BLOCK, INLINE, RAW, SKIP, TAG_KINDS, TAG_NAMES, VOID } from '../../../functions/extract/tags.ts'
import * as N from '../../../functions/kernel/wasm/scan-numbers.ts'
import { HOSTILE_PAGES } from '../../support/hostile-pages.ts'
import { createPlainScanner } from '../../support/plain-scan/scan.ts'

const byKernel = createScanner()
const plainly = createPlainScanner()

function columnsOf(scanPage: (html: Uint8Array, sink: MetadataSink) => Scan, html: Uint8Array) {
  const metadata = emptyMetadata()
  const { blocks, elements } = scanPage(html, metadataSink(metadata))
  const { count } = elements
  return {
    metadata,
    text: blocks.text.slice(0, blocks.length),
    blocks: [blocks.starts, blocks.ends, blocks.elements, blocks.sources].map((column) =>
      column.slice(0, blocks.count),
    ),
    counts: blocks.counts.slice(0, blocks.count * NUM_COUNTS),
    elements: [elements.parents, elements.signatures].map((column) => column.slice(0, count)),
    tags: [elements.tags, elements.flags].map((column) => column.slice(0, count)),
    wordStarts: elements.wordStarts.slice(0, count + 1),
    words: elements.words.slice(0, elements.wordStarts[count]),
  }
}

function expectSame(html: Uint8Array): void {
  expect(columnsOf(byKernel, html)).toEqual(columnsOf(plainly, html))
}

describe('any bytes', () => {
  const names = TAG_NAMES.flatMap((name) => [`<${name}>`, `</${name}>`, `<${name.toUpperCase()} `])
  const attributes = ATTRIBUTES.map((name) => `${name}=`)
  const values =
    'author "display: NONE" hidden katex-html x&amp;y https://creativecommons.org/licenses/by/4.0/ license application/x-tex math/tex block en 2020-01-02'
  const references =
    '&amp; &lt &nbsp; &shy; &copycat &hellip; &#146; &#x1f600; &#0 &#xd800; &#99999999 &#; &Alpha; &notanentity; &'
  const marks = '的 。 ， 中 é ’ \u00a0 \u00ad \u200b \u3000 \ufeff 😀'
  const piece = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        ...names,
        '<my-card>',
        '<mjx-container>',
        '<',
        '>',
        '/>',
        '</',
        '"',
        "'",
        '=',
        ' ',
        '\n',
        '\r',
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(...attributes, ...values.split(' '), '<!--', '-->', '<!doctype html>', '<?xml', '\0'),
    },
    { weight: 3, arbitrary: fc.constantFrom(...references.split(' '), ...marks.split(' '), ...NEEDLES) },
    {
      weight: 3,
      arbitrary: fc.constantFrom('the', 'Word', 'of ', 'AbCd', '12', 'a.b', '|', '!', 'x, ', 'thereabouts'),
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 8, unit: 'binary' }) },
  )

  it('of markup', () => {
    const pages = fc.array(piece, { maxLength: 120 }).map((pieces) => new TextEncoder().encode(pieces.join('')))
    fc.assert(fc.property(pages, expectSame), { numRuns: 3000 })
  })

  it('at all', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), expectSame), { numRuns: 1000 })
  })

  it('cut off anywhere', () => {
    const whole = fc.array(piece, { minLength: 10, maxLength: 40 }).map((pieces) => pieces.join(''))
    const cut = fc.tuple(whole, fc.nat(200)).map(([page, length]) => new TextEncoder().encode(page).slice(0, length))
    // What a longer page left in the memory behind it is not read.
    byKernel(new TextEncoder().encode('</script>"\'>&amp;<p>é'.repeat(40)))
    fc.assert(fc.property(cut, expectSame), { numRuns: 1000 })
  })
})

it.each(HOSTILE_PAGES)('pages made to hurt: %s', (_, make) => {
  expectSame(new TextEncoder().encode(make(3000)))
})

it.each<[string, string]>([
  ['blocks', '<p>x'],
  ['elements', '<p>'],
  ['words', '<p class="a one two three four">'],
  ['notes', '<meta name=a content=b>'],
])('more %s than there is room for', (_, unit) => {
  expectSame(new TextEncoder().encode(unit.repeat(70_000)))
})

it('a page of many megabytes needs no more memory after it', () => {
  const large = new TextEncoder().encode('x'.repeat(16 << 20))
  expect(byKernel(large).blocks.text.buffer.byteLength).toBeGreaterThan(32e6)
  expect(byKernel(new TextEncoder().encode('<p>x')).blocks.text.buffer.byteLength).toBeLessThan(16e6)
})

it('a page of more blocks than are kept is read as far as that', () => {
  const { blocks } = byKernel(new TextEncoder().encode('<p>some text'.repeat(150_000)))
  expect(blocks.count).toBe(1 << 17)
  expect(blocks.ends[blocks.count - 1]).toBe(9 << 17)
})

it('numbers are those of the names', () => {
  const of = (prefix: string): [string, number][] =>
    Object.entries(N).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length).toLowerCase(), value]] : [],
    )
  for (const [name, value] of of('TAG_')) expect(TAG_NAMES[value]).toBe(name)
  for (const [name, value] of of('A_'))
    expect(ATTRIBUTES[value]).toBe(name.replace('_', name === 'xml_lang' ? ':' : '-'))
  for (const [name, value] of of('C_')) expect(COUNTS[value]?.toLowerCase()).toBe(name.replace('_', ''))
  expect(N.NUM_ATTRIBUTES).toBe(ATTRIBUTES.length)
  expect(N.NUM_COUNTS).toBe(NUM_COUNTS)
  expect(N.NUM_NEEDLES).toBe(NEEDLES.length)
  expect([INLINE, BLOCK, VOID, RAW, SKIP]).toEqual([0, 1, 2, 3, 4])
  expect(TAG_KINDS.length).toBeLessThanOrEqual(128)
})
