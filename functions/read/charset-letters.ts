/**
 * Letters of the languages that legacy encodings were made for, by falling frequency, and what each costs in bits.
 *
 * Provenance: orders written by hand for this project from general knowledge of the languages; no corpus counted, no list copied.
 * The share of the letter of rank r among n is ln((n + 1) / r) / n (Gusein-Zade 1988), which needs the order alone. Languages of
 * the Latin script list the letters outside ASCII only, for only these tell encodings apart.
 */

/** Its letters are at the places of Turkish ones, which are met a hundred times as often. */
const ICELANDIC = 'íáðéóúþöýæ'
const RARE_LANGUAGE_BITS = 7

type Alphabet = 'latin' | 'cyrillic' | 'greek' | 'hebrew' | 'arabic' | 'thai'

/** Several languages may write a script; the one that explains a text best stands for it. */
const LETTERS: Readonly<Record<Alphabet, readonly string[]>> = {
  latin: [
    'éïöèüñêçáâôóàíåæœ', // English, its loan words
    'éàèêçîôùâûœïëüæÿ', // French
    'üäößéàè', // German
    'óíáéñúü', // Spanish
    'ãçáéíóêõúâàôü', // Portuguese
    'èàùòìéîí', // Italian
    'àéèóíòçúïüñ', // Catalan
    'ëéïèöüêá', // Dutch
    'äåöéü', // Swedish, Finnish
    'øåæéäöüòêó', // Danish, Norwegian
    ICELANDIC, // and Faroese
    'äõüöšž', // Estonian
    'łęóążśćńź', // Polish
    'íáéěšýřčžůúňóťďöüä', // Czech
    'áíéčšýžúľťôňďóäŕĺöüěř', // Slovak
    'áéöóőüíúűä', // Hungarian
    'ăîâşţșțéá', // Romanian
    'čšžćđéëö', // Slovene, Croatian, Bosnian, Serbian, Albanian
    'ıüşğçöâîûé', // Turkish, Azerbaijani
    'ėųšįžąčūęéö', // Lithuanian
    'āēīšūņļžķģčō', // Latvian
    'áđươôêàâăạảãéíóúèìòùýõĩũ\u0301\u0300\u0323\u0309\u0303', // Vietnamese
    'éáúíóàèìòù', // Irish, Gaelic
  ],
  cyrillic: [
    'оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё', // Russian
    'оаинвіртескмлдупзяьбгчйхїжцшюєщфґ', // Ukrainian
    'аиоетнрсвлдпкзмъугяцчбщжхшюфйьѝ', // Bulgarian
    'аиоенртсјвкудмплгзбчшцљжћњђхџфѓќѕ', // Serbian, Macedonian
    'анісроеытлувкдзмпяьгйбчшцўжхюэёф', // Belarusian
  ],
  greek: ['αοιετσνηρπκυμλςόίάέωδγήχθύφώβξζψϊϋΐΰ'],
  hebrew: [
    'יהולאתברמשנםכחדעקפטגסזןצךףץ\u05b4\u05b8\u05b7\u05b0\u05bc\u05b6\u05b5\u05b9\u05c1\u05bb\u05c2\u05b2\u05b1\u05b3',
  ],
  arabic: [
    'الينمرتوبعدسفهكقحجةشصطخىأإضزذءئغثظؤآًٌٍَُِّْـ', // Arabic
    'اینردمتهوبسشکزگلفخقپجعچحطصضغذثظژآئءيك‌', // Persian
    'اےیرکنوہلمتسبدپگعٹحھچشںخقجفزڈصطڑءغآئثذضظ', // Urdu
  ],
  thai: ['านรกอเงม่ยลวด้ทสตะีิปบคหัแจพชขใไโ็์ุูำึืผซศษถณธภฉญฐฟฝฮฎฏฆฬฌๆๅฯ'],
}

/** What a letter that the language has not costs. */
const FOREIGN_BITS = 12
/** Letters and marks of these languages lie below. */
export const LETTER_CODES = 0x1000

export interface LanguageLetters {
  /** As `alphabetOf` has it. */
  readonly alphabet: number
  /** Bits that the language costs before any letter is seen: few pages are in it. */
  readonly prior: number
  /** Bits by code of the lower-case letter. */
  readonly bits: Float32Array
}

function lettersOf(alphabet: number, order: string): LanguageLetters {
  const bits = new Float32Array(LETTER_CODES).fill(FOREIGN_BITS)
  const letters = [...new Set(order)]
  letters.forEach((letter, i) => {
    const share = Math.log((letters.length + 1) / (i + 1)) / letters.length
    bits[letter.charCodeAt(0)] = -Math.log2(share)
  })
  return { alphabet, prior: order === ICELANDIC ? RARE_LANGUAGE_BITS : 0, bits }
}

let all: readonly LanguageLetters[] | undefined

/** Made when first asked for: pages in UTF-8 never do. */
export const letterTables = (): readonly LanguageLetters[] =>
  (all ??= Object.values(LETTERS).flatMap((orders, i) => orders.map((order) => lettersOf(i + 1, order))))

const ALPHABETS = Object.keys(LETTERS)

/** Index into the order of LETTERS, plus one, by code; 0 for marks and signs. ASCII letters are Latin. */
export const alphabetOf: Uint8Array = new Uint8Array(LETTER_CODES)
export const COMBINING = { from: 0x300, to: 0x36f } as const
const RANGES: Readonly<Record<Alphabet, string>> = {
  latin: '41-5a 61-7a c0-d6 d8-f6 f8-24f 300-36f',
  cyrillic: '400-491',
  greek: '386-386 388-3ce',
  hebrew: '5b0-5ea',
  arabic: '621-669 66e-6d2',
  thai: 'e01-e4e',
}
/** Lower case by code. */
export const lowerOf: Uint16Array = new Uint16Array(LETTER_CODES)
for (const [alphabet, ranges] of Object.entries(RANGES)) {
  for (const range of ranges.split(' ')) {
    const [from = 0, to = 0] = range.split('-').map((end) => Number.parseInt(end, 16))
    alphabetOf.fill(ALPHABETS.indexOf(alphabet) + 1, from, to + 1)
  }
}
for (let code = 0; code < LETTER_CODES; code++) {
  lowerOf[code] = alphabetOf[code] === 0 ? code : String.fromCharCode(code).toLowerCase().charCodeAt(0)
}
