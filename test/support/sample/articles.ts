/**
 * The written articles of the sample crawl. A file holds several, each as
 *   # Title / `key: value` lines (site, author, date, kind; lang and topic where the folder does not say) / blank line / blocks
 * and a block is a paragraph, a `## heading` or a run of `- item` lines, between blank lines.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export type Block =
  | { readonly kind: 'paragraph' | 'heading'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }

export interface Article {
  /** `en/law-policy#3`: folder, file and number (from 1) in the file. */
  readonly ref: string
  readonly lang: string
  readonly topic: string
  readonly title: string
  readonly site: string
  readonly author: string | null
  readonly date: string
  readonly kind: string
  readonly blocks: readonly Block[]
}

export const FIXTURES = path.join(import.meta.dirname, '..', '..', 'fixtures', 'sample')

export function readArticles(lang: string): Article[] {
  const folder = path.join(FIXTURES, 'articles', lang)
  const files = readdirSync(folder).filter((name) => name.endsWith('.md'))
  return files.sort().flatMap((name) => {
    const topic = name.slice(0, -'.md'.length)
    return parseArticles(readFileSync(path.join(folder, name), 'utf8'), { lang, topic })
  })
}

/** One article with `lang:` and `topic:` lines of its own. */
export function readExtra(name: string): Article {
  const text = readFileSync(path.join(FIXTURES, 'extra', `${name}.md`), 'utf8')
  const [article] = parseArticles(text, { lang: 'extra', topic: name })
  if (article === undefined) throw new Error(`extra/${name}.md holds no article`)
  return article
}

export function parseArticles(text: string, { lang, topic }: { lang: string; topic: string }): Article[] {
  const parts = text.split(/^# /m).slice(1)
  return parts.map((part, i) => {
    const [head = '', ...rest] = part.trim().split(/\n\n+/)
    const [title = '', ...lines] = head.split('\n')
    const field = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const need = (name: string): string => {
      const value = field.get(name)
      if (value === undefined) throw new Error(`${lang}/${topic}: "${title}" has no ${name}`)
      return value
    }
    return {
      ref: `${lang}/${topic}#${i + 1}`,
      lang: field.get('lang') ?? lang,
      topic: field.get('topic') ?? topic,
      title,
      site: need('site'),
      author: field.get('author') ?? null,
      date: need('date'),
      kind: need('kind'),
      blocks: rest.map(parseBlock),
    }
  })
}

function parseBlock(text: string): Block {
  const lines = text.trim().split('\n')
  if (lines.every((line) => line.startsWith('- '))) return { kind: 'list', items: lines.map((line) => line.slice(2)) }
  const [only = ''] = lines
  if (lines.length !== 1)
    throw new Error(`expected one line in a paragraph, found ${lines.length}: ${only.slice(0, 60)}`)
  return only.startsWith('## ') ? { kind: 'heading', text: only.slice(3) } : { kind: 'paragraph', text: only }
}

/** What extraction should find: headings, paragraphs and list items a line each, without the title. */
export const lines = (article: Article): string[] =>
  article.blocks.flatMap((block) => (block.kind === 'list' ? block.items : [block.text]))
