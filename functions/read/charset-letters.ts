/**
 * Letters of the languages that legacy encodings were made for, by falling frequency, and what each costs in bits.
 *
 * Provenance: orders written by hand for this project from general knowledge of the languages; no corpus counted, no list copied.
 * The share of the letter of rank r among n is ln((n + 1) / r) / n (Gusein-Zade 1988), which needs the order alone. Languages of
 * the Latin script list the letters outside ASCII only, for only these tell encodings apart.
 */

export type Alphabet = 'latin' | 'cyrillic' | 'greek' | 'hebrew' | 'arabic' | 'thai'

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
    'íáðéóúþöýæ', // Icelandic, Faroese
    'äõüöšž', // Estonian
    'łęóążśćńź', // Polish
    'íáéěšýřčžůúňóťďöüä', // Czech
    'áíéčšýžúľťôňďóäŕĺöüěř', // Slovak
    'áéöóőüíúűä', // Hungarian
    'ăîâşţșțéá', // Romanian
    'čšžćđéëö', // Slovene, Croatian, Bosnian, Serbian, Albanian
    'ıüşğçöİâîûé', // Turkish, Azerbaijani
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
  hebrew: ['יהולאתברמשנםכחדעקפטגסזןצךףץ\u05b4\u05b8\u05b7\u05b0\u05bc\u05b6\u05b5\u05b9\u05c1\u05bb\u05c2\u05b2\u05b1\u05b3'],
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
  readonly alphabet: Alphabet
  /** Bits by code of the lower-case letter. */
  readonly bits: Float32Array
}

function lettersOf(alphabet: Alphabet, order: string): LanguageLetters {
  const bits = new Float32Array(LETTER_CODES).fill(FOREIGN_BITS)
  const letters = [...new Set(order)]
  letters.forEach((letter, i) => {
    const share = Math.log((letters.length + 1) / (i + 1)) / letters.length
    bits[letter.charCodeAt(0)] = -Math.log2(share)
  })
  return { alphabet, bits }
}

let all: readonly LanguageLetters[] | undefined

/** Made when first asked for: pages in UTF-8 never do. */
export const letterTables = (): readonly LanguageLetters[] =>
  (all ??= Object.entries(LETTERS).flatMap(([alphabet, orders]) =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of LETTERS
    orders.map((order) => lettersOf(alphabet as Alphabet, order)),
  ))

/** The alphabet of a code below `LETTER_CODES`, null for marks and signs. */
export function alphabetOf(code: number): Alphabet | null {
  if (code < 0xc0) return null
  if (code <= 0x24f) return code === 0xd7 || code === 0xf7 ? null : 'latin'
  if (code >= 0x300 && code <= 0x36f) return 'latin'
  if (code >= 0x386 && code <= 0x3ce) return code === 0x387 ? null : 'greek'
  if (code >= 0x400 && code <= 0x491) return 'cyrillic'
  if (code >= 0x5b0 && code <= 0x5ea) return 'hebrew'
  if (code >= 0x621 && code <= 0x6d2) return code >= 0x66a && code <= 0x66d ? null : 'arabic'
  if (code >= 0xe01 && code <= 0xe4e) return 'thai'
  return null
}
