import { describe, expect, it } from 'vitest'
import { composeText } from '../../../functions/extract/compose-text.ts'
import { createScanner } from '../../../functions/extract/scan.ts'

const scanPage = createScanner()

/** Everything is kept, so that only the reading is seen. */
function read(html: string): string {
  const scan = scanPage(new TextEncoder().encode(html))
  return composeText(scan, new Uint8Array(scan.blocks.count).fill(1))
}

const math = (tex: string, attributes = ''): string =>
  `<math xmlns="http://www.w3.org/1998/Math/MathML"${attributes}><semantics><mrow><mi>x</mi><mo>&lt;</mo><mn>1</mn></mrow>` +
  `<annotation-xml encoding="MathML-Content"><ci>x</ci></annotation-xml><annotation encoding="application/x-tex">${tex}</annotation></semantics></math>`

describe('formulas', () => {
  it.each<[string, string, string]>([
    ['an annotation', `<p>where ${math('x &lt; 1')} holds`, 'where $x < 1$ holds'],
    ['on a line of its own', math('\\sum_i x_i', ' display="block"'), '$$\\sum_i x_i$$'],
    ['no space where there is none', `<p>the${math('n')}-th`, 'the$n$-th'],
    ['alttext alone', '<p>is <math alttext="E=mc^2"><mi>E</mi></math>.', 'is $E=mc^2$.'],
    ['an annotation before alttext', `<p>${math('a', ' alttext="b"')}`, '$a$'],
    ['what MediaWiki wraps', `<p>${math('{\\displaystyle a^{2}}')}`, '$a^{2}$'],
    ['references', '<p><math alttext="a &amp; b &#x3c; c"></math>', '$a & b < c$'],
    ['lines', `<p>${math(' a\n  +   b ')}`, '$a + b$'],
    ['MathML without TeX', '<p>a <math><mi>x</mi></math> b', 'a b'],
    ['an empty annotation', `<p>a ${math('')} b`, 'a b'],
    ['MathJax 2', '<p>so <script type="math/tex">a<b</script> holds', 'so $a<b$ holds'],
    ['MathJax 2, on its own', '<script type="math/tex; mode=display">a &amp; b</script>', '$$a &amp; b$$'],
    ['any other script', '<p>a <script type="text/javascript">math/tex</script>b', 'a b'],
    ['a page of nothing else', '<script type="math/tex">x</script>', '$x$'],
    ['plain TeX', '<p>$$a_1 < b$$ and \\(c\\)', '$$a_1 < b$$ and \\(c\\)'],
  ])('%s', (_, html, text) => {
    expect(read(html)).toBe(text)
  })

  it.each<[string, string, string]>([
    [
      'KaTeX',
      `<p>is <span class="katex"><span class="katex-mathml">${math('a^2')}</span><span class="katex-html" aria-hidden="true"><span class="base"><span>a</span><span>2</span></span></span></span> and more`,
      'is $a^2$ and more',
    ],
    [
      'MathJax 2',
      '<p>is <span class="MathJax_Preview">a2</span><span class="MathJax" id="MathJax-Element-1-Frame"><nobr><span>a</span><span>2</span></nobr></span><script type="math/tex">a^2</script> and more',
      'is $a^2$ and more',
    ],
    [
      'MathJax 3',
      `<p>is <mjx-container class="MathJax"><mjx-math><mjx-c class="mjx-c61"></mjx-c></mjx-math><mjx-assistive-mml>${math('a')}</mjx-assistive-mml></mjx-container> and more`,
      'is $a$ and more',
    ],
    ['a span of another class', '<p><span class="katexia">a</span> <span class="Math">b</span>', 'a b'],
    ['a span that is not closed', '<p>a <span class="katex-html">b <b>c</b><p>d', 'a b c\nd'],
  ])('%s: what is drawn is said once', (_, html, text) => {
    expect(read(html)).toBe(text)
  })
})
