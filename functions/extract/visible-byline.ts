/**
 * Author and date where readers see them: in short blocks around the beginning of the main text. Only what says what it is
 * counts (a class word, `By`, 作者, a date with a time or a word before it, a line before the text that is hardly more than a
 * date): a page full of dates has no one date.
 * Cost: one look at each block near the beginning.
 */
import { blockText } from './compose-text.ts'
import { hashName } from './name-hash.ts'
import { parseDate } from './page-date.ts'
import type { Scan } from './scan.ts'

/** Blocks before and after the first of the main text that are looked at. */
const BEFORE = 14
/** What is labelled in Chinese says so wherever it stands before the text. */
const BEFORE_LABELLED = 60
const AFTER = 8
const MAX_BYTES = 240
/** A longer block says more than who and when. */
const MAX_BYLINE_BYTES = 100
const MAX_DATE_LINE = 50
const UP_LEVELS = 2

const AUTHOR_WORDS = new Set(['author', 'byline', 'byl', 'writer', 'creator'].map(hashName))
const DATE_WORDS = new Set(['date', 'published', 'pubdate', 'datetime', 'timestamp', 'pubtime'].map(hashName))

export interface Byline {
  readonly author: string | null
  /** The text that the date stands in. */
  readonly date: string | null
}

/** Reads the byline and takes it out of the text: what it says is beside the text. */
export function takeByline(scan: Scan, isKept: Uint8Array): Byline {
  const { blocks } = scan
  const first = isKept.indexOf(1)
  if (first < 0) return { author: null, date: null }
  let author: string | null = null
  let date: string | null = null
  let updated: string | null = null
  let isHead = true
  let labelFor = -2
  for (let block = Math.max(0, first - BEFORE_LABELLED); block < Math.min(blocks.count, first + AFTER); block++) {
    const bytes = (blocks.ends[block] as number) - (blocks.starts[block] as number)
    if (bytes > MAX_BYTES) {
      // After the first paragraph a line with a date may be anything.
      if (isKept[block] === 1) isHead = false
      continue
    }
    const text = blockText(scan, block)
    if (block < first - BEFORE && !LABELLED.test(text)) continue
    if (labelFor === block - 1) author ??= /^\p{Lu}[^\n]{2,60}$/u.test(text) ? text : null
    if (LABEL.test(text)) labelFor = block
    const foundAuthor = authorOf(text, hasWord(scan, block, AUTHOR_WORDS))
    const foundDate = dateText(text, hasWord(scan, block, DATE_WORDS)) ?? (isHead ? dateLine(text) : null)
    if (bytes <= MAX_BYLINE_BYTES && (foundAuthor !== null || foundDate !== null)) isKept[block] = 0
    author ??= foundAuthor
    const changed = foundDate === null ? -1 : text.search(UPDATED_WORD)
    if (changed > 0 && parseDate(text.slice(0, changed)) !== null) date ??= text.slice(0, changed)
    else if (UPDATED.test(text)) updated ??= foundDate
    else date ??= foundDate
  }
  return { author, date: date ?? updated }
}

function hasWord({ blocks, elements }: Scan, block: number, words: ReadonlySet<number>): boolean {
  for (
    let at = blocks.elements[block] as number, level = 0;
    at > 0 && level < UP_LEVELS;
    at = elements.parents[at] as number, level++
  )
    for (let i = elements.wordStarts[at] as number; i < (elements.wordStarts[at + 1] as number); i++)
      if (words.has(elements.words[i] as number)) return true
  return false
}

const NAME = String.raw`\p{Lu}[\p{L}.'’-]+(?:\s+(?:and|&|de|van|von|der|la|le|\p{Lu}[\p{L}.'’-]*)){0,6}`
const ENGLISH = new RegExp(
  String.raw`^\s*(?:(?:[Ww]ritten|[Pp]osted|[Pp]ublished|[Tt]ext|[Ww]ords|[Ss]tory|[Rr]eview(?:ed)?)\s+)?(?:[Bb]y|BY):?\s+(${NAME})`,
  'u',
)
/** A label with a colon, or a reporter's name between spaces, as agencies write it. */
const CHINESE =
  /(?:(?:作\s*者|撰\s*文|记\s*者|发帖人|楼\s*主)\s*[:：]|文\s*[/／]|记者\s)\s*([\p{sc=Han}A-Za-z][\p{sc=Han}A-Za-z0-9_·&~-]{0,19}(?: [\p{sc=Han}]{2,4}(?=[ ）)]|$))*)/u

/** One word under a class that says author: a forum's user. */
const USER_NAME = /^[\p{L}\p{N}_.-]{3,25}$/u
const LABELLED = /(?:作\s*者|记\s*者|时\s*间|日\s*期|发布|发表)[^\n]{0,6}[:：]/
/** A block that says no more than that a name follows. */
const LABEL = /^(?:(?:written |posted |text |words )?by|author(?:s|\(s\))?|作者)\s*[:：]?$/i

function authorOf(text: string, isMarked: boolean): string | null {
  const named = CHINESE.exec(text)?.[1]
    ?.replace(/(?:来源|发布|时间|日期|编辑|出处|发表).*$/, '')
    .trim()
  if (named !== undefined && named !== '') return named
  const english = ENGLISH.exec(text)?.[1]
  if (english !== undefined) return english.replace(/\s+(?:and|&|on)$/i, '')
  const own = isMarked && text.length <= 25 ? USER_NAME.exec(text)?.[0] : undefined
  if (own !== undefined && !/^(?:by|authors?|posted|written|about|share|follow)$/i.test(own)) return own
  const words = text.split(/\s+/).length
  return isMarked && words >= 2 && words <= 4 && /^\p{Lu}[\p{L}.'’-]+(?: \p{Lu}[\p{L}.'’-]*)+$/u.test(text)
    ? text
    : null
}

const SAID =
  /(?:发布|发表|时间|日期|更新于|来源|\b(?:posted|published|date|(?:last )?(?:updated|modified|reviewed))\b)\s*(?:时间|日期|于|on)?\s*[:：]?/i
const WITH_TIME = /(?:(?:19|20)\d\d)\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?\s*\d{1,2}\s*[:：]\s*\d{2}/
const CHINESE_DATE = /(?:19|20)\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日/

/** Says when the page was changed, unless it says when it was published too. */
const UPDATED_WORD = /updated|modified|reviewed|edited/i
const UPDATED = /^(?![^]*(?:published|posted|发布|发表))[^]*(?:updated|modified|reviewed|edited)/i

/** The day on which a user joined is no day of the page. */
const OTHER_DAY = /joined|regist|founded|member since|注册|註冊|入会|加入时间|登录/i

function dateText(text: string, isMarked: boolean): string | null {
  if (!/(?:19|20)\d\d/.test(text) || OTHER_DAY.test(text)) return null
  const timed = WITH_TIME.exec(text) ?? (text.length < 60 ? CHINESE_DATE.exec(text) : null)
  if (timed !== null) return timed[0]
  const said = SAID.exec(text)
  if (said !== null) return text.slice(said.index + said[0].length)
  return isMarked && text.length < 60 ? text : null
}

/** A line before the text that is hardly more than a date. */
function dateLine(text: string): string | null {
  return text.length <= MAX_DATE_LINE && parseDate(text) !== null && !OTHER_DAY.test(text) ? text : null
}
