import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockText } from '../../../functions/extract/compose-text.ts'
import { createScanner } from '../../../functions/extract/scan.ts'

const scanPage = createScanner()
const bytesOf = (text: string) => new TextEncoder().encode(text)
function blocksOf(html: string): string[] {
  const scan = scanPage(bytesOf(html))
  return Array.from({ length: scan.blocks.count }, (_, block) => blockText(scan, block))
}

describe('blocks', () => {
  it.each<[string, string, string[]]>([
    ['block tags end a block', '<div>a<p>b</div>c', ['a', 'b', 'c']],
    ['inline tags do not', '<p>a<b>b</b> <i>c</i></p>', ['ab c']],
    ['white space folds', '<p> a \n\t b&nbsp;\u00a0\u3000c </p>', ['a b c']],
    ['preformatted text does not', '<pre>a\n  b</pre> c  d', ['a\n  b', 'c d']],
    ['a line break stays in its block', '<p>a<br>b</p>', ['a\nb']],
    ['two are a paragraph', 'a<br/><br>b', ['a\n', 'b']],
    [
      'scripts, styles and comments are no text',
      '<script>if (a<b) "</p>"</script><style>p{}</style><!-- <p>no</p> -->x',
      ['x'],
    ],
    ['noscript is read', '<head><noscript><p>post</p></noscript></head>', ['post']],
    ['the title is not', '<title>t</title><body>x', ['x']],
    ['vector graphics are passed over', '<svg><text>no</text></svg>x', ['x']],
    ['one without end passes over nothing', '<svg>x', ['x']],
    ['a comparison is text', '<p>1 < 2 and 3>2', ['1 < 2 and 3>2']],
    [
      'references',
      '<p>&lt;b&gt; &amp;amp; &eacute;&#233;&#xE9; &hellip; &nosuch; &copy',
      ['<b> &amp; ééé … &nosuch; ©'],
    ],
    ['parameters are no references', '<p>?a=1&copycat=2&lang=3', ['?a=1&copycat=2&lang=3']],
    ['windows-1252 by number', '<p>it&#146;s', ['it’s']],
    ['soft hyphens and zero-width spaces go', '<p>ab&shy;cd\u00ad\u200be', ['abcde']],
    ['quotes hold a greater-than', '<p title="a>b">x', ['x']],
    ['end tags out of order', '<div><b><p>a</b></div>b</p>c', ['a', 'b', 'c']],
    ['Chinese', '<p>中文，网页。', ['中文，网页。']],
    ['an element of its own making is a block', 'a<my-card>b</my-card>c', ['a', 'b', 'c']],
    ['nothing', '', []],
  ])('%s', (_, html, blocks) => {
    expect(blocksOf(html)).toEqual(blocks)
  })

  it('close what their start tags imply', () => {
    const { elements } = scanPage(
      bytesOf('<ul><li>a<li>b<ul><li>c</ul><li>d</ul><p>e<p>f<table><tr><td>g<td>h<tr><td>i</table>'),
    )
    const depthOf = (element: number): number => (element < 0 ? -1 : 1 + depthOf(elements.parents[element] ?? -1))
    // body, ul, li a, li b, inner ul, li c, li d, p, p, table, tr, td, td, tr, td
    expect(Array.from({ length: elements.count }, (_, e) => depthOf(e))).toEqual([
      0, 1, 2, 2, 3, 4, 2, 1, 1, 1, 2, 3, 3, 2, 3,
    ])
  })

  it('a stray end tag in a cell does not close the table', () => {
    const { elements } = scanPage(bytesOf('<div><table><tr><td></div>a<td>b</table></div>'))
    expect(elements.parents.slice(0, elements.count)).toEqual(Int32Array.of(-1, 0, 1, 2, 3, 3))
  })
})

describe('any markup', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '<!--',
      '-->',
      '</',
      '<p',
      '<a href=',
      '<script',
      '</script>',
      '<td>',
      '</table>',
      '&',
      '&#',
      '<br>',
      '=',
      ' ',
    ),
    fc.string({ maxLength: 8, unit: 'binary' }),
  )
  it('is read to its end, with blocks that tile the text and elements that have parents before them', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const { blocks, elements } = scanPage(bytesOf(pieces.join('')))
        let end = 0
        for (let block = 0; block < blocks.count; block++) {
          expect(blocks.starts[block]).toBe(end)
          end = blocks.ends[block] ?? -1
          expect(blocks.elements[block]).toBeLessThan(elements.count)
        }
        expect(end).toBe(blocks.length)
        for (let element = 1; element < elements.count; element++)
          expect(elements.parents[element]).toBeLessThan(element)
      }),
      { numRuns: 400 },
    )
  })

  it('gives the same whatever was scanned before', () => {
    const small = '<div class=a><p>one</p><p>two <a href=x>three</a></p></div>'
    const before = blocksOf(small)
    blocksOf('<div><pre>'.repeat(3000) + 'x'.repeat(5000))
    expect(blocksOf(small)).toEqual(before)
  })

  /** Steps are counted as bytes of work by doubling: a quadratic scan would take minutes and fail by the test's own limit. */
  it.each<[string, string]>([
    ['elements nested 100,000 deep', '<div>'.repeat(100_000) + 'x' + '</div>'.repeat(100_000)],
    ['100,000 end tags of what is not open', '<div>' + '</span></p></ul>'.repeat(100_000)],
    ['100,000 unclosed graphics', '<svg>x'.repeat(100_000)],
    ['an unclosed comment', '<p>x<!-- ' + 'a > b '.repeat(500_000)],
    ['100,000 unclosed comments', '<p>x' + '<!-- -> '.repeat(100_000)],
    ['an unclosed attribute', '<p title="' + 'x '.repeat(2_000_000)],
    ['one text of 16 MB', '<p>' + 'text and '.repeat(1_800_000)],
    ['100,000 paragraphs in each other', '<p><b><i>'.repeat(100_000)],
    ['100,000 ampersands', '<p>' + '&ampersand&#x&#'.repeat(100_000)],
    ['an element of 100,000 class words', `<p class="${'word '.repeat(100_000)}">x`],
    ['100,000 unclosed scripts', '<script>'.repeat(100_000)],
  ])('is scanned in linear time: %s', (_, html) => {
    const { blocks } = scanPage(bytesOf(html))
    expect(blocks.length).toBeLessThanOrEqual(html.length)
  })
})
