/**
 * Chunks that English word splitting knows by heart: contractions, abbreviations, emoticons.
 *
 * The set is spaCy's English tokenizer exceptions (3.8), which datatrove counts words with, stated as families. A chunk maps to the
 * lengths of its words. Looked up by a two-lane hash of the chunk's UTF-16 units, so that no string is made for a look-up; the table
 * holds 1,350 keys of 64 bits, so that a false hit has odds of 1e-16.
 */
import { hashesOf } from './word-hash.ts'

const titled = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
const withTitles = (words: string): string[] => words.split(' ').flatMap((word) => [word, titled(word)])

/** Pairs of a list of stems and a list of tails; `|` marks where a word ends. Each stem also comes capitalised. */
const CONTRACTIONS: readonly (readonly [stems: string, tails: string])[] = [
  ['i', "|'m |m |'m|a |m|a"],
  ['i you he she it we they', "|'ll |ll |'ll|'ve |ll|ve |'d |d |'d|'ve |d|ve"],
  ['i you we they', "|'ve |ve"],
  ['you we they', "|'re |re"],
  ['he she it', "|'s |s"],
  ['who what when where why how there that this', "|'s |s"],
  ['who what when where why how there that this these those', "|'ll |ll |'ll|'ve |ll|ve |'d |d |'d|'ve |d|ve"],
  ['who what when where why how there these those', "|'re |re |'ve |ve"],
  ['ca could do does did had may might must need ought sha should wo would', "|n't |nt |n't|'ve |nt|ve"],
  ['could might must should would', "|'ve |ve"],
  ['ai are is was were have has dare', "|n't |nt"],
  ['not', "|'ve |ve"],
]

/** Real words that a contraction without its apostrophe would shadow. */
const NOT_CONTRACTIONS = new Set(withTitles('ill its hell shell shed were well whore'))

const SPLIT_WORDS =
  "y'|all y|all how|'d|'y How|'d|'y can|not Can|not gon|na Gon|na got|ta Got|ta let|'s Let|'s c'm|on C'm|on"

/** One word each, though affixes could be split off. */
const WHOLE_WORDS =
  "' '' \\\") <space> \\t \\n — C++ and/or w/o em ll nuff 'em 'll 'nuff 's 'S ‘s ‘S 're 'd 'Cause 'cause 'cos 'Cos 'coz 'Coz 'cuz 'Cuz " +
  "'bout ma'am Ma'am o'clock O'clock lovin' Lovin' lovin Lovin havin' Havin' havin Havin doin' Doin' doin Doin goin' Goin' goin Goin " +
  "nothin' Nothin' nothin Nothin nuthin' Nuthin' nuthin Nuthin ol' Ol' ol Ol somethin' Somethin' somethin Somethin"

const ABBREVIATIONS =
  'a.m. Adm. Bros. co. Co. Corp. D.C. Dr. e.g. E.g. E.G. Gen. Gov. i.e. I.e. I.E. Inc. Jr. Ltd. Md. Messrs. Mo. Mont. Mr. Mrs. Ms. ' +
  'p.m. Ph.D. Prof. Rep. Rev. Sen. St. vs. v.s. ' +
  'Mt. Ak. Ala. Apr. Ariz. Ark. Aug. Calif. Colo. Conn. Dec. Del. Feb. Fla. Ga. Ia. Id. Ill. Ind. Jan. Jul. Jun. Kan. Kans. Ky. La. ' +
  'Mar. Mass. Mich. Minn. Miss. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Nov. Oct. Okla. Ore. Pa. S.C. Sep. Sept. Tenn. Va. ' +
  'Wash. Wis.'

const EMOTICONS =
  ':) :-) :)) :-)) :))) :-))) (: (-: =) (= :] :-] [: [-: [= =] :o) (o: :} :-} 8) 8-) (-8 ;) ;-) (; (-; :( :-( :(( :-(( :((( :-((( ): ' +
  ")-: =( >:( :') :'-) :'( :'-( :/ :-/ =/ =| :| :-| ]= =[ :1 :P :-P :p :-p :O :-O :o :-o :0 :-0 :() >:o :* :-* :3 :-3 =3 :> :-> :X :-X " +
  ':x :-x :D :-D ;D ;-D =D xD XD xDD XDD 8D 8-D ^_^ ^__^ ^___^ >.< >.> <.< ._. ;_; -_- -__- v.v V.V v_v V_V o_o o_O O_o O_O 0_o o_0 0_0 ' +
  'o.O O.o O.O o.o 0.0 o.0 0.o @_@ <3 <33 <333 </3 (^_^) (-_-) (._.) (>_<) (*_*) (¬_¬) ಠ_ಠ ಠ︵ಠ (ಠ_ಠ) ¯\\(ツ)/¯ (╯°□°）╯︵┻━┻ ><(((*>'

function* markedChunks(): Generator<string> {
  for (const [stems, tails] of CONTRACTIONS) {
    for (const stem of withTitles(stems)) {
      for (const tail of tails.split(' ')) {
        if (!NOT_CONTRACTIONS.has(stem + tail.replaceAll('|', ''))) yield stem + tail
      }
    }
  }
  for (let hour = 1; hour <= 12; hour++) yield* ['a.m.', 'am', 'p.m.', 'pm'].map((half) => `${hour}|${half}`)
  for (const scale of 'cfkCFK') yield `°|${scale}|.`
  yield* SPLIT_WORDS.split(' ')
}

/** Every exception with the words it is split into; typographic apostrophes included. */
export function wordExceptions(): Map<string, string[]> {
  const singleLetters = Array.from('abcdefghijklmnopqrstuvwxyzäöü', (letter) => `${letter}.`)
  const whole = `${WHOLE_WORDS} ${ABBREVIATIONS} ${EMOTICONS}`.split(' ').concat(singleLetters)
  const all = new Map<string, string[]>()
  for (const words of [...[...markedChunks()].map((marked) => marked.split('|')), ...whole.map((word) => [word])]) {
    all.set(words.join(''), words)
    const typographic = words.map((word) => word.replaceAll("'", '’'))
    all.set(typographic.join(''), typographic)
  }
  return all
}

/** Word lengths of an exception, four bits each, the first word lowest; the longest chunk has 12 units. */
export const LONGEST_EXCEPTION = 12
const SLOTS = 8192 // 2¹³: slotOf keeps the 13 highest bits
const firstKeys = new Int32Array(SLOTS)
const secondKeys = new Int32Array(SLOTS)
const packedLengths = new Int32Array(SLOTS)

const slotOf = (first: number, second: number): number => Math.imul(first ^ (second >>> 7), 0x9e3779b1) >>> 19

function insert(chunk: string, words: readonly string[]): void {
  const [first, second] = hashesOf(chunk)
  let packed = 0
  words.forEach((word, i) => (packed |= word.length << (4 * i)))
  let slot = slotOf(first, second)
  while (packedLengths[slot] !== 0) slot = (slot + 1) & (SLOTS - 1)
  firstKeys[slot] = first
  secondKeys[slot] = second
  packedLengths[slot] = packed
}
for (const [chunk, words] of wordExceptions()) insert(chunk, words)

/** Packed word lengths of the chunk with this hash, 0 when it is no exception. */
export function exceptionByHash(first: number, second: number): number {
  let slot = slotOf(first, second)
  for (;;) {
    const packed = packedLengths[slot] ?? 0
    if (packed === 0 || (firstKeys[slot] === first && secondKeys[slot] === second)) return packed
    slot = (slot + 1) & (SLOTS - 1)
  }
}
