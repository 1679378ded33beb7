/** Small pieces of HTML, and the article's blocks in the markup that a template asks for. */
import type { Block } from './articles.ts'
import type { Choose } from './choose.ts'

export const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const ENTITIES: Readonly<Record<string, string>> = {
  '’': '&rsquo;',
  '‘': '&lsquo;',
  '“': '&ldquo;',
  '”': '&rdquo;',
  '—': '&mdash;',
  '–': '&#8211;',
  é: '&eacute;',
  è: '&egrave;',
  ü: '&uuml;',
  '°': '&deg;',
  '·': '&middot;',
}

/** Old pages write what is not ASCII as references. */
export const withEntities = (html: string): string => html.replace(/[’‘“”—–éèü°·]/g, (mark) => ENTITIES[mark] ?? mark)

export interface BlockStyle {
  readonly paragraph: (html: string) => string
  readonly heading: (html: string) => string
  readonly list: (items: readonly string[]) => string
  /** Furniture that stands between the article's blocks, by the number of the block that it follows. */
  readonly after?: ReadonlyMap<number, string>
  /** Wraps a word here and there in inline markup. */
  readonly inline?: Choose
}

export function renderBlocks(blocks: readonly Block[], style: BlockStyle): string {
  const text = (plain: string): string => (style.inline === undefined ? escape(plain) : withInline(plain, style.inline))
  return blocks
    .map((block, i) => {
      const after = style.after?.get(i) ?? ''
      if (block.kind === 'list') return style.list(block.items.map(text)) + after
      const html = text(block.text)
      return (block.kind === 'heading' ? style.heading(html) : style.paragraph(html)) + after
    })
    .join('\n')
}

/** Marks one word of some paragraphs: a link, emphasis, or an empty anchor before it. Never changes the text. */
function withInline(plain: string, choose: Choose): string {
  const words = [...plain.matchAll(/(?<= )[A-Za-z]{6,}(?=[ ,])|(?<=[的了在是])\p{Script=Han}{2}(?=[，。、])/gu)]
  if (words.length === 0 || !choose.chance(0.45)) return escape(plain)
  const word = choose.pick(words)
  const end = word.index + word[0].length
  const marked = choose.pick([
    `<a href="/tag/${word.index}">${word[0]}</a>`,
    `<em>${word[0]}</em>`,
    `<strong>${word[0]}</strong>`,
    `<span class="kw">${word[0]}</span>`,
    `<a id="p${choose.hex(3)}"></a>${word[0]}`,
  ])
  return escape(plain.slice(0, word.index)) + marked + escape(plain.slice(end))
}

export const list = (items: readonly string[], attributes = '', tag = 'ul'): string =>
  `<${tag}${attributes}>\n${items.map((item) => `<li>${item}</li>`).join('\n')}\n</${tag}>`

export const link = (url: string, html: string, attributes = ''): string => `<a href="${url}"${attributes}>${html}</a>`
