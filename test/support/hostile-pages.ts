/** Pages whose cost is quadratic for a parser that is not careful: each grows with the number of repetitions. */
export const HOSTILE_PAGES: readonly (readonly [name: string, make: (units: number) => string])[] = [
  ['nested elements', (n) => `${'<div>'.repeat(n)}x${'</div>'.repeat(n)}`],
  ['nested lists', (n) => '<ul><li>x '.repeat(n)],
  ['end tags of what is not open', (n) => `<div>${'</span></p></ul>'.repeat(n)}`],
  ['unclosed paragraphs in each other', (n) => '<p><b><i>x'.repeat(n)],
  ['tables in each other', (n) => '<table><tr><td>x'.repeat(n)],
  ['one text (160 bytes a repetition)', (n) => `<p>${'text and '.repeat(n * 18)}`],
  ['an unclosed comment', (n) => `<p>x<!-- ${'a > b '.repeat(n)}`],
  ['unclosed comments', (n) => `<p>x${'<!-- -> '.repeat(n)}`],
  ['an unclosed attribute', (n) => `<p title="${'x '.repeat(n)}`],
  ['unclosed attributes', (n) => '<p title="x'.repeat(n)],
  ['unclosed graphics', (n) => '<svg>x'.repeat(n)],
  ['unclosed scripts', (n) => '<script>'.repeat(n)],
  ['ampersands', (n) => `<p>${'&ampersand&#x&#'.repeat(n)}`],
  ['class words', (n) => `<p class="${'word '.repeat(n)}">x`],
  ['table cells', (n) => `<table>${'<tr><td>1<td>2'.repeat(n)}`],
  ['nested JSON-LD', (n) => `<script type="application/ld+json">${'['.repeat(n)}</script><p>x`],
]
