/**
 * Who and when, from the segments around the beginning of the main text: by what the markup says of them (`rel=author`,
 * `itemprop`, a class, a link to an author's or a user's page) or by the word before them (`By`, 作者).
 */
import { machineText } from './head-segments.ts'
import type { Segment } from './head-segments.ts'
import { parseDate } from './page-date.ts'

export interface HeadDates {
  readonly published: string | null
  readonly updated: string | null
  /** A day that stands there alone. */
  readonly bare: string | null
}

/** Behind the text much else has a name: only what is said to have written the page counts. */
export function tailAuthor(segments: readonly Segment[]): string | null {
  for (let i = 0; i < segments.length; i++) {
    const text = segments[i]?.text ?? ''
    if (WRITTEN_BY.test(segments[i - 1]?.text ?? '') && isName(text)) return text
    const named = WRITTEN_BY_NAME.exec(text)?.[1]
    if (named !== undefined) return named
  }
  return null
}

/** The day on which what stands above was published, where it is said behind it. */
export function tailDate(segments: readonly Segment[]): string | null {
  for (let i = 0; i < segments.length; i++) {
    const text = segments[i]?.text ?? ''
    if (text.length > MAX_DATE_TEXT || !HAS_YEAR.test(text) || OTHER_DAY.test(text)) continue
    if (!SAYS_PUBLISHED.test(text) && !/^(?:published|posted)(?: on)?:?$/i.test(segments[i - 1]?.text ?? '')) continue
    const day = parseDate(text)
    if (day !== null) return day
  }
  return null
}

const WRITTEN_BY = /^(?:written|article|story|words|text|posted|published) by:?$|^(?:about the author|author)s?:?$/i
const WRITTEN_BY_NAME =
  /^(?:[Tt]his (?:article|post|story) was )?[Ww]ritten by:?\s+(\p{Lu}[\p{L}.'’-]+(?: \p{Lu}[\p{L}.'’-]+){1,3})/u

const CLASSES = /(?:class|id|itemprop|rel)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi
const LINKS = /href\s*=\s*["']?([^"'\s>]+)/gi
const AUTHOR_CLASS =
  /(?:^|[\s_-])(?:the-?)?(?:author|byline|byl|writer(?!-html)|posted-?by|post-?author|creator)(?![a-z])|[a-z]Author(?![a-z])|(?:^|[\s_-])author_?-?name|authorName/
const NOT_NAME_CLASS = /bio|desc|role|position|job|avatar|image|date|time|count|social|related|comment/i
const AUTHOR_LINK = /\/(?:authors?|contributors?|writers?|columnists?|journalists?)\/[^/]/i
const USER_CLASS = /(?:^|[\s_-])(?:big)?(?:user-?name|postername|nick-?name|member-?name|PostUser)/i
const USER_LINK =
  /\/(?:u|users?|members?|profiles?|people)\/[^/]|member(?:list)?\.php\?|action=profile|(?:user|uid|userid|username)=|space-uid/i
const LABEL =
  /^(?:(?:written|posted|words|text|story|article|recipe|review(?:ed)?|published|started|asked|contributed|created) by|by|authors?|作者|撰文|文)\s*[:：]?$/i
const JOINT = /^(?:,|and|&|·|\||;|和|、|with)?$/i

/** Whoever the first marked author of a thread is. */
export function threadAuthor(segments: readonly Segment[]): string | null {
  const named = segments
    .slice(0, 8)
    .find(({ text, around }) => text === '' && /itemprop\s*=\s*["']?name/i.test(around[0] ?? ''))
  const shown = segments.slice(0, 5).find(({ text }) => isName(text) && !/^(?:[\d.,]+k?|[A-Z])$/.test(text))
  return (named === undefined ? null : machineText(named)) ?? shown?.text ?? null
}

const valuesOf = (marks: string, pattern: RegExp): string =>
  [...marks.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '').join(' ')

export function headAuthor(segments: readonly Segment[], { isForum }: { readonly isForum: boolean }): string | null {
  let weak: string | null = null
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i] as Segment
    if (!isName(segment.text)) continue
    const kind = kindOf(segment, segments[i - 1])
    if (kind === 'author' && !isForum) return withCoauthors(segments, i)
    if (kind !== null && isForum) weak ??= segment.text
  }
  return weak
}

function kindOf({ around, text }: Segment, before: Segment | undefined): 'author' | 'user' | null {
  if (before !== undefined && LABEL.test(before.text) && /^[\p{Lu}\p{sc=Han}]/u.test(text)) return 'author'
  if (around.length === 0) return null
  const marks = around.join(' ')
  const classes = valuesOf(marks, CLASSES)
  if (AUTHOR_CLASS.test(classes) && !NOT_NAME_CLASS.test(classes)) return 'author'
  const links = valuesOf(marks, LINKS)
  if (AUTHOR_LINK.test(links)) return 'author'
  return USER_CLASS.test(classes) || USER_LINK.test(links) ? 'user' : null
}

/** Names that stand beside the first, with no more than a comma or a word between them. */
function withCoauthors(segments: readonly Segment[], first: number): string {
  const names = [segments[first]?.text ?? '']
  let gap = 0
  for (let i = first + 1; i < segments.length && gap <= 1; i++) {
    const { text } = segments[i] as Segment
    if (JOINT.test(text)) gap++
    else if (gap > 0 && isName(text) && kindOf(segments[i] as Segment, undefined) === 'author') {
      if (!names.includes(text)) names.push(text)
      gap = 0
    } else break
  }
  return names.join(', ')
}

const NOT_A_NAME =
  /^(?:by|authors?|writer|posted|written|about|share|follow|log ?in|sign|home|read|more|view|see|all|edit|reply|comments?|admin|profile|member|guest|search|menu|contact|subscribe|advert|updated?|published|the editors?|visit|作者|登录|注册|回复|首页|关注|更多|发表|编辑|查看|posts?|from|\d+ )(?![\p{L}])/iu
function isName(text: string): boolean {
  if (text.length < 2 || text.length > 60 || !/\p{L}/u.test(text) || NOT_A_NAME.test(text)) return false
  return !/[!?：:<>{}=|@]|https?|\d{4}|\.\s|,\s+\d/.test(text) && text.split(/\s+/).length <= 6
}

const MAX_DATE_TEXT = 80
const HAS_YEAR = /(?:19|20)\d\d/
const DATE_CLASS = /date|time|publish|posted|updated|modified/i
const UPDATED = /updat|modif|edit|last|更新|修改/i
/** The day on which a user joined, or today. */
const OTHER_DAY = /joined|regist|founded|since|today|copyright|注册|註冊|入会|加入|登录/i
const SAYS_PUBLISHED = /^(?:originally )?(?:published|posted)(?: on)?[:\s]|^发[布表]/i
const PUBLISHED = /publi|post|creat|写于|发布|发表/i

/** Nothing but a date, perhaps with a time or a mark before it. */
const BARE =
  /^[\s·•|,»–-]*(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? )?(?:\p{L}{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d|\d{1,2}(?:st|nd|rd|th)? \p{L}{3,9}\.?,? (?:19|20)\d\d|\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d|(?:19|20)\d\d[-/.年]\s*\d{1,2}[-/.月]\s*\d{1,2}日?)(?:[,\s–-]+(?:at )?\d{1,2}:\d\d(?::\d\d)?(?:\s*[ap]m)?)?[\s·•|,–-]*$/iu
/** More dates than these are those of a list. */
const MAX_BARE = 2

export function headDates(segments: readonly Segment[]): HeadDates {
  let published: string | null = null
  let updated: string | null = null
  const bare = new Set<string>()
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i] as Segment
    const { text } = segment
    const shown = text.length <= MAX_DATE_TEXT && HAS_YEAR.test(text) ? parseDate(text) : null
    const machine = machineText(segment)
    const day = shown ?? (machine !== null && HAS_YEAR.test(machine) ? parseDate(machine) : null)
    if (day === null) continue
    const marks = segment.around.join(' ')
    const before = segments[i - 1]?.text.slice(-24) ?? ''
    const classes = valuesOf(marks, CLASSES)
    const said = `${before} ${text} ${classes}`
    if (OTHER_DAY.test(said)) continue
    const isUpdate = UPDATED.test(said) && !PUBLISHED.test(said)
    if (!DATE_CLASS.test(classes) && machine === null && !PUBLISHED.test(before) && !SAYS_PUBLISHED.test(text)) {
      if (!isUpdate && BARE.test(text)) bare.add(day)
    } else if (isUpdate) updated ??= day
    else published ??= day
  }
  const [only = null] = bare
  return { published, updated, bare: bare.size <= MAX_BARE ? only : null }
}
