/**
 * Character references (WHATWG HTML 13.2.5.72) for the names that pages use: HTML 4's 252 and the punctuation of HTML 5.
 * A name that is not here stays as it was written.
 */

const LATIN1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot ' +
  'cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml ' +
  'Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig ' +
  'agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ' +
  'ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'
const GREEK_UPPER =
  'Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho - Sigma Tau Upsilon Phi Chi Psi Omega'
const GREEK_LOWER =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega'
const OTHERS: Readonly<Record<string, string>> = {
  quot: '"',
  amp: '&',
  lt: '<',
  gt: '>',
  apos: "'",
  QUOT: '"',
  AMP: '&',
  LT: '<',
  GT: '>',
  COPY: '©',
  REG: '®',
  OElig: 'Œ',
  oelig: 'œ',
  Scaron: 'Š',
  scaron: 'š',
  Yuml: 'Ÿ',
  fnof: 'ƒ',
  circ: 'ˆ',
  tilde: '˜',
  ensp: ' ',
  emsp: ' ',
  thinsp: ' ',
  hairsp: ' ',
  numsp: ' ',
  puncsp: ' ',
  zwnj: '\u200c',
  zwj: '\u200d',
  lrm: '',
  rlm: '',
  NewLine: '\n',
  Tab: '\t',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  sbquo: '‚',
  ldquo: '“',
  rdquo: '”',
  bdquo: '„',
  lsquor: '‚',
  ldquor: '„',
  rsquor: '’',
  dagger: '†',
  Dagger: '‡',
  bull: '•',
  bullet: '•',
  hellip: '…',
  mldr: '…',
  permil: '‰',
  prime: '′',
  Prime: '″',
  lsaquo: '‹',
  rsaquo: '›',
  oline: '‾',
  frasl: '⁄',
  euro: '€',
  image: 'ℑ',
  weierp: '℘',
  real: 'ℜ',
  trade: '™',
  alefsym: 'ℵ',
  larr: '←',
  uarr: '↑',
  rarr: '→',
  darr: '↓',
  harr: '↔',
  crarr: '↵',
  lArr: '⇐',
  uArr: '⇑',
  rArr: '⇒',
  dArr: '⇓',
  hArr: '⇔',
  forall: '∀',
  part: '∂',
  exist: '∃',
  empty: '∅',
  nabla: '∇',
  isin: '∈',
  notin: '∉',
  ni: '∋',
  prod: '∏',
  sum: '∑',
  minus: '−',
  lowast: '∗',
  radic: '√',
  prop: '∝',
  infin: '∞',
  ang: '∠',
  and: '∧',
  or: '∨',
  cap: '∩',
  cup: '∪',
  int: '∫',
  there4: '∴',
  sim: '∼',
  cong: '≅',
  asymp: '≈',
  ne: '≠',
  equiv: '≡',
  le: '≤',
  ge: '≥',
  sub: '⊂',
  sup: '⊃',
  nsub: '⊄',
  sube: '⊆',
  supe: '⊇',
  oplus: '⊕',
  otimes: '⊗',
  perp: '⊥',
  sdot: '⋅',
  lceil: '⌈',
  rceil: '⌉',
  lfloor: '⌊',
  rfloor: '⌋',
  lang: '⟨',
  rang: '⟩',
  loz: '◊',
  spades: '♠',
  clubs: '♣',
  hearts: '♥',
  diams: '♦',
  thetasym: 'ϑ',
  upsih: 'ϒ',
  piv: 'ϖ',
  check: '✓',
  star: '☆',
  starf: '★',
  phone: '☎',
  female: '♀',
  male: '♂',
  comma: ',',
  period: '.',
  colon: ':',
  semi: ';',
  lpar: '(',
  rpar: ')',
  lsqb: '[',
  lbrack: '[',
  rsqb: ']',
  rbrack: ']',
  lbrace: '{',
  lcub: '{',
  rbrace: '}',
  rcub: '}',
  excl: '!',
  quest: '?',
  num: '#',
  dollar: '$',
  percnt: '%',
  ast: '*',
  plus: '+',
  equals: '=',
  commat: '@',
  sol: '/',
  bsol: '\\',
  lowbar: '_',
  grave: '`',
  vert: '|',
  verbar: '|',
  hyphen: '‐',
  dash: '‐',
  horbar: '―',
  nbsp: '\u00a0',
  half: '½',
  middot: '·',
  centerdot: '·',
  copysr: '℗',
  numero: '№',
}

export const NAMED: Map<string, string> = new Map<string, string>(Object.entries(OTHERS))
const addRun = (names: string, first: number): void =>
  names.split(' ').forEach((name, i) => name !== '-' && NAMED.set(name, String.fromCodePoint(first + i)))
addRun(LATIN1, 0xa0)
addRun(GREEK_UPPER, 0x391)
addRun(GREEK_LOWER, 0x3b1)
// A soft hyphen only says where a word may be broken.
NAMED.set('shy', '')

/** What numbers 128 to 159 mean on the web: windows-1252. */
export const C1 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'
const MAX_NAME = 10
const encoder = new TextEncoder()
const NAMED_BYTES = new Map([...NAMED].map(([name, text]) => [name, encoder.encode(text)] as const))

export interface Reference {
  readonly bytes: Uint8Array
  /** Bytes of markup that it takes, with the ampersand. */
  readonly length: number
}

/** The reference at the ampersand at `at`, null if it is none. */
export function readReference(html: Uint8Array, at: number): Reference | null {
  if (html[at + 1] === 0x23) return numeric(html, at)
  let end = at + 1
  let name = ''
  while (end <= at + MAX_NAME && isAlphanumeric(html[end] ?? 0)) name += String.fromCharCode(html[end++] ?? 0)
  const closed = html[end] === 0x3b
  const bytes = NAMED_BYTES.get(name)
  // Without a semicolon only what HTML 2 knew counts, else the parameters of a URL would.
  if (bytes === undefined || (!closed && !LEGACY.has(name))) return null
  return { bytes, length: end - at + (closed ? 1 : 0) }
}

export const LEGACY = new Set([...LATIN1.split(' '), 'quot', 'amp', 'lt', 'gt'])

function numeric(html: Uint8Array, at: number): Reference | null {
  const hex = ((html[at + 2] ?? 0) | 32) === 0x78
  const from = at + (hex ? 3 : 2)
  let end = from
  let code = 0
  for (; end < from + 8; end++) {
    const digit = digitOf(html[end] ?? 0)
    if (digit < 0 || (!hex && digit > 9)) break
    code = code * (hex ? 16 : 10) + digit
  }
  if (end === from) return null
  const length = end - at + (html[end] === 0x3b ? 1 : 0)
  return { bytes: encoder.encode(charOf(code)), length }
}

function charOf(code: number): string {
  if (code >= 0x80 && code < 0xa0) return C1.charAt(code - 0x80)
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return '\ufffd'
  return String.fromCodePoint(code)
}

const utf8 = new TextDecoder()

const isAlphanumeric = (byte: number): boolean =>
  ((byte | 32) >= 97 && (byte | 32) <= 122) || (byte >= 48 && byte <= 57)

function digitOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = (byte | 32) - 87
  return letter >= 10 && letter <= 15 ? letter : -1
}

/** A short piece of markup as text: references decoded, tags left out, white space folded. */
export function plainText(markup: string): string {
  const decoded = /[<&]/.test(markup) ? decodeMarkup(markup) : markup
  // Most have single spaces already: a search is cheaper than a copy.
  return (/[^\S ]| {2}/.test(decoded) ? decoded.replace(/\s+/g, ' ') : decoded).trim()
}

const decodeMarkup = (markup: string): string =>
  markup
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,9});?/g, (reference) => {
      const read = readReference(encoder.encode(reference), 0)
      return read === null || read.length !== reference.length ? reference : utf8.decode(read.bytes)
    })
