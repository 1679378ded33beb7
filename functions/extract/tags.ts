/** What extraction knows about each tag. */
import { HashMap, hashName } from './name-hash.ts'

/** How the scanner treats a tag. */
export const INLINE = 0
/** Ends the block before it and is an element of the table. */
export const BLOCK = 1
/** Has no content and no end tag. */
export const VOID = 2
/** Its content is no markup: passed over up to its end tag. */
export const RAW = 3
/** Markup that is no text of the page: passed over up to its end tag if it has one. */
export const SKIP = 4

const KINDS: readonly (readonly [kind: number, names: string])[] = [
  [
    BLOCK,
    'html body p div section article main header footer nav aside h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption thead tbody tfoot ' +
      'tr td th pre blockquote figure figcaption form fieldset legend button select option label details summary dialog address center ' +
      'noscript menu hgroup optgroup custom frameset search',
  ],
  [
    INLINE,
    'a span b i em strong u s small sub sup font abbr cite q time mark code kbd samp var del ins big tt strike dfn bdi bdo ruby rb head picture ' +
      'mjx-assistive-mml',
  ],
  [VOID, 'br hr img meta link base input area source col embed param track wbr'],
  [RAW, 'script style title textarea xmp noembed noframes'],
  [SKIP, 'svg template iframe object canvas video audio map math rt rp'],
]

export const TAG_NAMES: readonly string[] = KINDS.flatMap(([, names]) => names.split(' '))
export const TAG_KINDS = Uint8Array.from(KINDS.flatMap(([kind, names]) => names.split(' ').map(() => kind)))

const BY_HASH = new HashMap(TAG_NAMES.map((name, id) => [hashName(name), id]))

/** A tag's number, -1 for a name that is not known. */
export const tagOfHash = (hash: number): number => BY_HASH.get(hash)

/** The number of a tag by its name; a name that is misspelt fails when the module is loaded. */
export function tag(name: string): number {
  const id = TAG_NAMES.indexOf(name)
  if (id < 0) throw new Error(`no such tag: ${name}`)
  return id
}

/** 1 for each of `names`, by tag number. */
export function tagSet(names: string): Uint8Array {
  const set = new Uint8Array(TAG_NAMES.length)
  for (const name of names.split(' ')) set[tag(name)] = 1
  return set
}

export const T = {
  html: tag('html'),
  body: tag('body'),
  p: tag('p'),
  div: tag('div'),
  li: tag('li'),
  ul: tag('ul'),
  ol: tag('ol'),
  dl: tag('dl'),
  dt: tag('dt'),
  dd: tag('dd'),
  table: tag('table'),
  caption: tag('caption'),
  tr: tag('tr'),
  td: tag('td'),
  th: tag('th'),
  pre: tag('pre'),
  a: tag('a'),
  br: tag('br'),
  img: tag('img'),
  meta: tag('meta'),
  link: tag('link'),
  time: tag('time'),
  title: tag('title'),
  script: tag('script'),
  span: tag('span'),
  math: tag('math'),
  option: tag('option'),
  h1: tag('h1'),
  h2: tag('h2'),
  h6: tag('h6'),
  custom: tag('custom'),
} as const
