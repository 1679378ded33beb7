/**
 * Which legacy encoding bytes are in, when nothing that is declared holds: a sample is decoded in each candidate, and each
 * character is worth what it tells: common Han characters, kana and hangul in their places are frequent in real text and
 * rare in text decoded wrongly; replacement, control and private-use characters are the reverse.
 * Scores are per byte, so that one- and two-byte encodings compare. Cost: seven decodes of at most 32 KiB.
 */

const SAMPLE_BYTES = 1 << 15
const MIN_SCORE = 0.05

const SIMPLIFIED =
  '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运'
const TRADITIONAL =
  '這個們來為國說時會對發後裡種經麼學現當沒動還進樣實軍無長機從開關點業將兩問間應戰頭體見產較話門題爾變電數報結論處義認條氣總給帶導爭運請號電話線網臺灣聯歡歷'
const SIMPLE = new Set(SIMPLIFIED)
const COMMON = new Set(SIMPLIFIED + TRADITIONAL)

type Script = 'han' | 'kana' | 'hangul' | 'cyrillic' | 'latin'

const CANDIDATES: readonly (readonly [charset: string, script: Script])[] = [
  ['gb18030', 'han'],
  ['big5', 'han'],
  ['shift_jis', 'kana'],
  ['euc-jp', 'kana'],
  ['euc-kr', 'hangul'],
  ['windows-1251', 'cyrillic'],
  ['windows-1252', 'latin'],
]

export function guessCharset(bytes: Uint8Array): string | null {
  const sample = wideSample(bytes)
  let best: string | null = null
  let bestScore = MIN_SCORE
  for (const [charset, script] of CANDIDATES) {
    const score = scoreText(new TextDecoder(charset).decode(sample), script) / sample.length
    if (score > bestScore) {
      bestScore = score
      best = charset
    }
  }
  return best
}

/** The lines that have non-ASCII bytes: markup and scripts in between tell nothing. */
function wideSample(bytes: Uint8Array): Uint8Array {
  const sample = new Uint8Array(SAMPLE_BYTES)
  let filled = 0
  let lastWide = -Infinity
  for (let at = 0; at < bytes.length && filled < SAMPLE_BYTES; at++) {
    const byte = bytes[at] ?? 0
    // Second bytes of Big5, GBK and Shift-JIS may be ASCII: four after a wide byte are kept, and the one before it.
    if (byte > 127) {
      if (at - lastWide > 5 && at > 0) sample[filled++] = bytes[at - 1] ?? 0
      lastWide = at
    }
    if (at - lastWide <= 4) sample[filled++] = byte
    else if (at - lastWide === 5) sample[filled++] = 32
  }
  return sample.subarray(0, filled)
}

function scoreText(text: string, script: Script): number {
  let score = 0
  let previous = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127) score += scoreCode(code, text.charAt(i), { script, previous })
    previous = code
  }
  return score
}

interface Context {
  readonly script: Script
  readonly previous: number
}

function scoreCode(code: number, char: string, { script, previous }: Context): number {
  if (code === 0xfffd) return -6
  if (code < 0xa0) return -3
  if (code >= 0xe000 && code < 0xf900) return -4
  const isEastAsian = script === 'han' || script === 'kana' || script === 'hangul'
  if (code >= 0x4e00 && code <= 0x9fff) return isEastAsian ? hanScore(char, script) : -1
  if (code >= 0x3041 && code <= 0x30fe) return script === 'kana' ? 2 : -0.2
  if (code >= 0xac00 && code <= 0xd7a3) return script === 'hangul' ? 1.8 : -1
  if (code >= 0xff61 && code <= 0xff9f) return -1
  if ((code >= 0x3000 && code <= 0x3011) || (code >= 0xff01 && code <= 0xff5e)) return isEastAsian ? 1.2 : -1
  if (code >= 0x410 && code <= 0x44f) return cyrillicScore(code, previous, script)
  if (code >= 0xc0 && code <= 0x17f) return script === 'latin' && isLetter(previous) && code >= 0xdf ? 0.6 : -0.3
  return 0
}

function hanScore(char: string, script: Script): number {
  if (script === 'han') return SIMPLE.has(char) ? 2 : COMMON.has(char) ? 1.6 : 0.3
  return COMMON.has(char) ? 0.8 : -0.2
}

const cyrillicScore = (code: number, previous: number, script: Script): number =>
  script !== 'cyrillic' || isLetter(previous) ? -0.5 : code >= 0x430 && previous >= 0x410 && previous <= 0x44f ? 0.8 : 0

const isLetter = (code: number): boolean => (code | 32) >= 97 && (code | 32) <= 122
