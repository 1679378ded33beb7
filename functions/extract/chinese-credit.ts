/**
 * Who wrote a Chinese page and when, where its text itself says so: a reporter named in the first paragraph or at the end
 * (`本报讯（记者 李明）`, `（李明 上海报道）`), a label (`作者：`, `执笔：`) or `李明 发表于 2005-9-15` below or above a post.
 * Editors (`责任编辑`) and sources (`来源`) wrote nothing.
 * Cost: a look at a few blocks at both ends of the main text.
 */
import { C, NUM_COUNTS } from './block-table.ts'
import { blockText } from './compose-text.ts'
import type { Scan } from './scan.ts'

export interface Credit {
  readonly author: string | null
  /** The text that a date stands in. */
  readonly date: string | null
}

const utf8 = new TextDecoder()
const NONE: Credit = { author: null, date: null }
/** Kept blocks at each end, and blocks after the last of them. */
const ENDS = 3
const AFTER = 24
const MAX_END_BYTES = 400
/** What stands behind the text is read where it is short. */
const MAX_TAIL_BYTES = 300

const NAME = String.raw`\p{sc=Han}{2,4}(?:·\p{sc=Han}{1,6})?`
const NAMES = String.raw`${NAME}(?:[\s、，,]+${NAME}(?![\p{sc=Han}]))*`
const REPORTER = [
  new RegExp(
    String.raw`[（(\[【][^（）()\n]{0,16}(?:记者|通讯员|記者)\s*[:：]?\s*(${NAMES})(?:[^（）()\n]{0,12})[）)\]】]`,
    'u',
  ),
  new RegExp(String.raw`记者\s*(${NAMES})\s*[/／]\s*文`, 'u'),
  new RegExp(String.raw`[（(](${NAMES})\s+\p{sc=Han}{2,4}报道[）)]\s*$`, 'mu'),
  new RegExp(
    String.raw`^\s*(?:\p{sc=Han}{0,6}(?:本报|本刊|本网|本台|特约|实习))?记者\s*[:：]?\s*(${NAMES})\s*(?:摄影报道|报道|文)?\s*$`,
    'mu',
  ),
]
const LABELLED =
  /(?:作\s*者|執?执\s*笔\s*人?|撰\s*文|撰\s*稿|(?:^|\s)文)\s*[:：]\s*([^\s:：|（()）]{2,20}(?: \p{sc=Han}{2,4}(?=\s|$))*)/u
const SIGNED_POST = /^\s*([^\s:：|（()）]{2,20})\s*(?:发表于|發表於|发布于|发帖于)\s*[:：]?\s*(?=(?:19|20)\d\d)/m
const OWN_LINE = /^\s*(?:作者|执笔人?|撰文|文)\s*[:：]\s*([^\s:：|（()）。，]{2,12})\s*$/mu
/** A name in brackets that ends the text, by its surname: `（完）` and `（待续）` are none. */
const SURNAMES =
  '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文張劉陳楊趙黃吳孫馬羅鄭謝韓馮許'
const SIGNATURE = new RegExp(String.raw`^\s*[（(]([${SURNAMES}]\p{sc=Han}{1,2})[）)]\s*$`, 'mu')
const SAID_DATE =
  /(?:发表于|發表於|发布于|发表时间|发布时间|发布日期|发帖时间|(?<!注册|登录|加入|入会|在线)时间)\s*[:：]?\s*((?:19|20)\d\d[-/.年]\s*\d{1,2}[-/.月]\s*\d{1,2})/
const EDITOR = /责\s*任?\s*编|編輯|编\s*辑\s*[:：]|^\s*来\s*源/

export function chineseCredit(scan: Scan, isKept: Uint8Array): Credit {
  const { blocks } = scan
  const kept: number[] = []
  for (let block = 0; block < blocks.count; block++) if (isKept[block] === 1) kept.push(block)
  const first = kept[0]
  const last = kept.at(-1)
  if (first === undefined || last === undefined) return NONE
  const isWide = (block: number): boolean => (blocks.counts[block * NUM_COUNTS + C.wide] as number) > 0
  if (!kept.slice(0, ENDS).some(isWide) && !isWide(last)) return NONE
  let labelled: string | null = null
  let reporter: string | null = null
  let date: string | null = null
  const ends = new Set([...kept.slice(0, ENDS * 2), ...kept.slice(-ENDS)])
  const from = Math.max(0, first - ENDS)
  for (let block = from; block < Math.min(blocks.count, last + AFTER); block++) {
    const bytes = (blocks.ends[block] as number) - (blocks.starts[block] as number)
    const isEnd = ends.has(block)
    if (isEnd) {
      const text = endsOf(scan, block)
      reporter ??= reporterIn(text) ?? (block === last ? (SIGNATURE.exec(text)?.[1] ?? null) : null)
      if (bytes > MAX_TAIL_BYTES) labelled ??= OWN_LINE.exec(text)?.[1] ?? null
      if (block === last) date ??= SAID_DATE.exec(text)?.[1] ?? null
    }
    // Inside the text a label is what the text talks of.
    if (bytes > MAX_TAIL_BYTES || (isKept[block] === 1 && !isEnd)) continue
    const text = blockText(scan, block)
    labelled ??= labelledIn(text)
    date ??= SAID_DATE.exec(text)?.[1] ?? null
  }
  return { author: labelled ?? reporter, date }
}

/** The beginning and the end of a block that may be a whole article. */
function endsOf({ blocks }: Scan, block: number): string {
  const text = blocks.text.subarray(blocks.starts[block], blocks.ends[block])
  if (text.length <= MAX_END_BYTES * 2) return utf8.decode(text)
  return `${utf8.decode(text.subarray(0, MAX_END_BYTES))}\n${utf8.decode(text.subarray(-MAX_END_BYTES))}`
}

function reporterIn(text: string): string | null {
  for (const pattern of REPORTER) {
    const names = pattern.exec(text)?.[1]
    if (names !== undefined) return tidy(names)
  }
  return null
}

function labelledIn(text: string): string | null {
  const labelled = LABELLED.exec(text)?.[1] ?? SIGNED_POST.exec(text)?.[1]
  return labelled === undefined || EDITOR.test(labelled) ? null : tidy(labelled)
}

const tidy = (names: string): string | null =>
  names
    .replace(/(?:来源|发布|时间|日期|编辑|出处|发表|阅读|点击|摄影|报道).*$/, '')
    .replace(/[\s、，,]+/g, ' ')
    .trim() || null
