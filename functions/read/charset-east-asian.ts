/**
 * What text costs in bits in an encoding of two-byte characters: by class, and by whether a character is of the frequent half of its standard
 * (level 1 of GB 2312, Big5 and JIS X 0208 stands first in each and holds what running text is made of).
 */

const SIMPLIFIED =
  '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运'
const TRADITIONAL =
  '這個們來為國說時會對發後裡種經麼學現當沒動還進樣實軍無長機從開關點業將兩問間應戰頭體見產較話門題爾變電數報結論處義認條氣總給帶導爭運請號電話線網臺灣聯歡歷'
const SIMPLE = new Set(SIMPLIFIED)
const COMMON = new Set(SIMPLIFIED + TRADITIONAL)

type Text = 'han' | 'kana' | 'hangul'

interface Standard {
  readonly text: Text
  /** Lead bytes of level 1. */
  readonly from: number
  readonly to: number
}

const STANDARDS: Readonly<Record<string, Standard>> = {
  gb18030: { text: 'han', from: 0xb0, to: 0xd7 },
  gbk: { text: 'han', from: 0xb0, to: 0xd7 },
  big5: { text: 'han', from: 0xa4, to: 0xc6 },
  shift_jis: { text: 'kana', from: 0x88, to: 0x97 },
  'euc-jp': { text: 'kana', from: 0xb0, to: 0xcf },
  // Hangul; hanja follow from 0xca on.
  'euc-kr': { text: 'hangul', from: 0xb0, to: 0xc8 },
}

const REPLACED_BITS = 20
const ODD_BITS = 18
const COMMON_BITS = 9
const LEVEL_1_BITS = 12
const RARE_BITS = 19
const KANA_BITS = 6.5
const HANGUL_BITS = 9
const MARK_BITS = 7
const MARKS = new Set('，。、！？：；（）「」『』《》〈〉【】～・·—…“”‘’\u3000')
const SIGN_BITS = 11

interface Costs {
  readonly text: Text
  /** Characters of level 1. */
  readonly level: ReadonlySet<string>
  /** Half bits by code, 0 where not asked yet. */
  readonly halves: Uint8Array
}

const costs = new Map<string, Costs>()

/** Level 1 is read out of the decoder once. */
function costsOf(charset: string, { text, from, to }: Standard): Costs {
  let known = costs.get(charset)
  if (known !== undefined) return known
  const pairs: number[] = []
  // Trail bytes above 0xa0 in the EUC encodings, from 0x40 on in the others.
  const firstTrail = charset === 'big5' || charset === 'shift_jis' ? 0x40 : 0xa1
  for (let lead = from; lead <= to; lead++) {
    for (let trail = firstTrail; trail < 0xff; trail++) pairs.push(lead, trail, 10)
  }
  const level = new Set(new TextDecoder(charset).decode(Uint8Array.from(pairs)))
  known = { text, level, halves: new Uint8Array(1 << 16) }
  costs.set(charset, known)
  return known
}

/** Null where the encoding is none of these. */
export function eastAsianBits(text: string, charset: string): number | null {
  const standard = STANDARDS[charset]
  if (standard === undefined) return null
  const known = costsOf(charset, standard)
  const { halves } = known
  let sum = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 128) continue
    if (halves[code] === 0) halves[code] = 2 * characterBits(code, text.charAt(i), known)
    sum += halves[code] ?? 0
  }
  return sum / 2
}

function characterBits(code: number, char: string, { text, level }: Costs): number {
  if (code === 0xfffd) return REPLACED_BITS
  if (code < 0xa0 || (code >= 0xe000 && code < 0xf900)) return ODD_BITS
  if (code >= 0x3400 && code <= 0x9fff) return hanBits(char, text, level)
  if (code >= 0x3041 && code <= 0x30fe) return text === 'kana' ? KANA_BITS : LEVEL_1_BITS
  if (code >= 0xac00 && code <= 0xd7a3) return text !== 'hangul' ? RARE_BITS : level.has(char) ? HANGUL_BITS : ODD_BITS
  // Half-width katakana: single bytes, where a two-byte character would have been half as long.
  if (code >= 0xff61 && code <= 0xff9f) return 8
  return MARKS.has(char) ? MARK_BITS : SIGN_BITS
}

function hanBits(char: string, text: Text, level: ReadonlySet<string>): number {
  if (text === 'hangul') return COMMON.has(char) ? LEVEL_1_BITS + 2 : RARE_BITS
  if (text === 'han' && SIMPLE.has(char)) return COMMON_BITS
  if (COMMON.has(char)) return COMMON_BITS + 1
  return level.has(char) ? LEVEL_1_BITS : RARE_BITS
}
