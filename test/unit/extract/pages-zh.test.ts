/**
 * Chinese pages with gold text (`test/fixtures/pages-zh`): what is extracted must not get worse. The measure is F1 over
 * multisets of Han character bigrams (within runs of Han characters) and Latin words; the mean is taken by kind.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { extract } from '../../../functions/extract/extract.ts'
import { decodeHtml } from '../../../functions/read/charset.ts'

const FOLDER = path.join(import.meta.dirname, '../../fixtures/pages-zh')

const Line = z.strictObject({
  file: z.string().regex(/^[a-z]+-\d\d\.html$/),
  kind: z.string(),
  charset: z.enum(['utf-8', 'gbk', 'gb18030', 'big5']),
  title: z.string().min(1),
  author: z.string().nullable(),
  date: z.iso.date().nullable(),
  url: z.url(),
})
type Line = z.infer<typeof Line>

/** A little below the means measured when a kind was added. A kind without a floor fails. */
const FLOORS: Readonly<Record<string, number>> = {
  blog: 0.935,
  documentation: 0.83,
  encyclopedia: 0.87,
  forum: 0.865,
  government: 0.83,
  news: 0.955,
  qa: 0.885,
  shop: 0.855,
}

const lines: readonly Line[] = readdirSync(FOLDER)
  .filter((name) => /^index-.*\.ndjson$/.test(name))
  .flatMap((name) => readFileSync(path.join(FOLDER, name), 'utf8').split('\n'))
  .filter((line) => line !== '')
  .map((line) => Line.parse(JSON.parse(line)))
const kinds = [...new Set(lines.map(({ kind }) => kind))].toSorted()

const bytesOf = ({ file }: Line): Buffer => readFileSync(path.join(FOLDER, file))
const goldOf = ({ file }: Line): string => readFileSync(path.join(FOLDER, file.replace('.html', '.txt')), 'utf8')

function bagOf(text: string): Map<string, number> {
  const bag = new Map<string, number>()
  const add = (item: string): void => void bag.set(item, (bag.get(item) ?? 0) + 1)
  for (const [run] of text.matchAll(/\p{Script=Han}+/gu)) {
    const chars = Array.from(run)
    // A run of one character has no bigram, and is still text.
    if (chars.length === 1) add(run)
    for (let i = 0; i + 1 < chars.length; i++) add(`${chars[i]}${chars[i + 1]}`)
  }
  for (const [word] of text.toLowerCase().matchAll(/[\p{Script=Latin}\p{Nd}]+/gu)) add(word)
  return bag
}

const sizeOf = (bag: ReadonlyMap<string, number>): number => [...bag.values()].reduce((sum, count) => sum + count, 0)

function f1(text: string, gold: string): number {
  const found = bagOf(text)
  const expected = bagOf(gold)
  let shared = 0
  for (const [item, count] of expected) shared += Math.min(count, found.get(item) ?? 0)
  const total = sizeOf(found) + sizeOf(expected)
  return total === 0 ? 1 : (2 * shared) / total
}

function scoreOf(line: Line): number {
  const decoded = decodeHtml(bytesOf(line), null)
  if (!decoded.kept) throw new Error(`${line.file} was turned away: ${JSON.stringify(decoded.reason)}`)
  return f1(extract(decoded.value.bytes, { url: line.url }).text, goldOf(line))
}

describe('the measure', () => {
  it.each<[string, string, string, number]>([
    ['the same text', '春眠不觉晓', '春眠不觉晓', 1],
    ['nothing found', '', '春眠', 0],
    ['nothing shared', '夏日', '春眠', 0],
    ['half of what is expected', '春眠', '春眠，不觉', 2 / 3],
    ['a word said once too often', 'GBK GBK', 'gbk', 2 / 3],
    ['the order of lines', '春眠\n不觉', '不觉\n春眠', 1],
  ])('%s', (_, text, gold, expected) => {
    expect(f1(text, gold)).toBeCloseTo(expected, 10)
  })
})

describe('Chinese pages', () => {
  it('names every file once', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.html') || name.endsWith('.txt'))
    const named = lines.flatMap(({ file }) => [file, file.replace('.html', '.txt')])
    expect(files.toSorted()).toEqual(named.toSorted())
  })

  it.each(lines.map((line) => [line.file, line] as const))('%s has gold text and its charset', (_, line) => {
    expect(goldOf(line).trim()).not.toBe('')
    const text = new TextDecoder(line.charset, { fatal: true }).decode(bytesOf(line))
    expect(text).not.toContain('\ufffd')
    expect(new URL(line.url).hostname).toMatch(/\.example$/)
  })

  it('are decoded as what they are', () => {
    const misread = lines.filter((line) => {
      const decoded = decodeHtml(bytesOf(line), null)
      const expected = new TextDecoder(line.charset).decode(bytesOf(line))
      return !decoded.kept || new TextDecoder().decode(decoded.value.bytes) !== expected
    })
    expect(misread.map(({ file }) => file)).toEqual([])
  })

  it.each(kinds)('%s: the mean F1 is no lower than it was', (kind) => {
    const scores = lines.filter((line) => line.kind === kind).map(scoreOf)
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length
    expect(FLOORS[kind], `no floor for ${kind}: measured ${mean.toFixed(4)}`).toBeDefined()
    expect(mean).toBeGreaterThanOrEqual(FLOORS[kind] ?? 1)
  })
})
