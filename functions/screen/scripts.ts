/**
 * Writing systems of UTF-16 units: a byte a unit in one table (64 KiB), and lower case for Latin letters.
 *
 * Ranges are Unicode blocks, cut where a block holds marks of another use. Han above U+FFFF is met as its surrogates: planes 2 and 3 begin
 * with D840 to D8BF, so a high surrogate there counts as one Han character.
 */

export const SCRIPTS = [
  'none',
  'latin',
  'han',
  'kana',
  'hangul',
  'cyrillic',
  'arabic',
  'greek',
  'hebrew',
  'thai',
  'devanagari',
  'bengali',
  'gurmukhi',
  'gujarati',
  'tamil',
  'telugu',
  'kannada',
  'malayalam',
  'sinhala',
  'lao',
  'tibetan',
  'burmese',
  'khmer',
  'mongolian',
  'georgian',
  'armenian',
  'ethiopic',
] as const
export type Script = (typeof SCRIPTS)[number]

const RANGES: Readonly<Record<Exclude<Script, 'none'>, string>> = {
  latin: '41-5a 61-7a aa ba c0-d6 d8-f6 f8-24f 1e00-1eff ff21-ff3a ff41-ff5a',
  han: '3007 3400-4dbf 4e00-9fff f900-faff d840-d8bf',
  kana: '3041-3096 309d-309f 30a1-30fa 30fd-30ff 31f0-31ff ff66-ff9d',
  hangul: '1100-11ff 3131-318e ac00-d7a3',
  cyrillic: '400-52f 1c80-1c8f 2de0-2dff a640-a69f',
  arabic: '620-65f 66e-6d3 6d5-6ef 6fa-6ff 750-77f 8a0-8ff fb50-fdcf fdf0-fdfb fe70-fefc',
  greek: '370-373 376-377 37b-37d 386 388-3ff 1f00-1fff',
  hebrew: '5d0-5f2 fb1d-fb4f',
  thai: 'e01-e3a e40-e4e',
  devanagari: '900-963 970-97f',
  bengali: '980-9fd',
  gurmukhi: 'a01-a75',
  gujarati: 'a81-aff',
  tamil: 'b82-bd7',
  telugu: 'c00-c63',
  kannada: 'c80-ce3',
  malayalam: 'd00-d63',
  sinhala: 'd81-ddf',
  lao: 'e81-ecd',
  tibetan: 'f40-fbc',
  burmese: '1000-103f 1050-108f',
  khmer: '1780-17d3',
  mongolian: '1820-18aa',
  georgian: '10a0-10ff 1c90-1cbf',
  armenian: '531-587',
  ethiopic: '1200-135a',
}

/** Index into SCRIPTS by unit. */
export const scriptOf: Uint8Array = new Uint8Array(65536)
/** A Latin letter's lower case; full-width letters become ASCII. */
export const lowerLatin: Uint16Array = new Uint16Array(65536)

SCRIPTS.forEach((script, index) => {
  if (script === 'none') return
  for (const range of RANGES[script].split(' ')) {
    const [from = '', to = from] = range.split('-')
    scriptOf.fill(index, Number.parseInt(from, 16), Number.parseInt(to, 16) + 1)
  }
})
for (let unit = 0; unit < 65536; unit++) {
  if (scriptOf[unit] !== 1) continue
  const narrow = unit >= 0xff00 ? unit - 0xfee0 : unit
  const lower = String.fromCharCode(narrow).toLowerCase()
  lowerLatin[unit] = lower.length === 1 ? lower.charCodeAt(0) : narrow
}
