import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { repeatedRunShare } from '../../../functions/screen/repeated-characters.ts'
import {
  mayRepeat,
  rangeHashes,
  repeatedNgramChars,
  repeatedUnitChars,
  topNgrams,
} from '../../../functions/screen/repetition.ts'
import { tableOfWords } from '../../../functions/screen/word-table.ts'
import { slowRepeatedChars, slowRepeatedShare, slowTopNgram } from './slow-repetition.ts'

const hashesOfWords = (list: readonly string[]): ReturnType<typeof rangeHashes> => rangeHashes(tableOfWords(list))

const TOP = [2, 3, 4]
const REPEATED = [5, 6, 7, 8, 9, 10]

/** Few and ambiguous words: `a` `a` written together is `aa`, which is a word too, and an emoji has two units. */
const words = fc.array(fc.constantFrom('a', 'aa', 'b', 'ab', '.', '..', '😀', '的'), { maxLength: 120 })

describe('most frequent n-gram', () => {
  it('equals the obvious count', () => {
    fc.assert(
      fc.property(words, (list) => {
        const table = tableOfWords(list)
        expect(topNgrams(table, TOP)).toEqual(TOP.map((size) => slowTopNgram(list, size)))
      }),
    )
  })

  it('is the first of equals', () => {
    // Both bigrams occur twice; "long word" comes first and decides the length.
    const list = 'long word x a b y long word z a b'.split(' ')
    expect(topNgrams(tableOfWords(list), [2])).toEqual([{ chars: 8, count: 2 }])
  })

  it('is none in a text shorter than its size', () => {
    expect(topNgrams(tableOfWords(['one', 'two']), TOP)).toEqual([
      { chars: 6, count: 1 },
      { chars: 0, count: 0 },
      { chars: 0, count: 0 },
    ])
  })
})

describe('repeated n-grams', () => {
  it('equals the obvious scan', () => {
    fc.assert(
      fc.property(words, (list) => {
        expect(repeatedNgramChars(hashesOfWords(list), REPEATED)).toEqual(
          REPEATED.map((size) => slowRepeatedChars(list, size)),
        )
      }),
    )
  })

  it('compares words written together, as its source does', () => {
    expect(repeatedNgramChars(hashesOfWords(['a', 'aa', 'b', 'aa', 'a', 'b']), [3])).toEqual([4])
  })

  it('skips a repeated n-gram whole: overlaps are not counted twice', () => {
    expect(repeatedNgramChars(hashesOfWords(Array.from({ length: 20 }, () => 'ab')), [5])).toEqual([30])
  })

  it('holds for words longer than the table of powers, and for many texts in a row', () => {
    const list = Array.from({ length: 40 }, (_, i) => 'x'.repeat(1000 + (i % 7) * 100))
    for (let round = 0; round < 3; round++) {
      expect(repeatedNgramChars(hashesOfWords(list), [5])).toEqual([slowRepeatedChars(list, 5)])
      expect(repeatedNgramChars(hashesOfWords([]), [5])).toEqual([0])
    }
  })

  it('grows with the text', () => {
    const list = Array.from({ length: 30_000 }, (_, i) => String((i * i) % 9973))
    expect(repeatedNgramChars(hashesOfWords(list), [5, 10])).toEqual([
      slowRepeatedChars(list, 5),
      slowRepeatedChars(list, 10),
    ])
  })
})

describe('repeated n-grams of units', () => {
  it('equals the exact count where every unit is one character', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('甲', '乙', '丙'), { maxLength: 120 }), (list) => {
        const hashes = hashesOfWords(list)
        expect(repeatedUnitChars(hashes, [3, 4, 6, 9])).toEqual(repeatedNgramChars(hashes, [3, 4, 6, 9]))
      }),
    )
  })

  it('is nothing where nothing is said twice, and in a text shorter than its sizes', () => {
    expect(repeatedUnitChars(hashesOfWords('甲乙丙丁戊己庚辛'.split('')), [3, 5])).toEqual([0, 0])
    expect(repeatedUnitChars(hashesOfWords(['甲']), [3, 5])).toEqual([0, 0])
  })
})

describe('share of runs of characters that occur again', () => {
  it('equals the obvious count', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '的', '\udc00'), { maxLength: 120 })
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 13 }), (list, size) => {
        const units = Uint16Array.from(list, (unit) => unit.charCodeAt(0))
        expect(repeatedRunShare(units, units.length, size)).toBeCloseTo(slowRepeatedShare(list, size), 12)
      }),
    )
  })
})

describe('ranges that may be equal', () => {
  it('finds equal ones, whatever their place and their boundaries', () => {
    const hashes = hashesOfWords('the cat sat on the c at sat'.split(' '))
    expect(mayRepeat(hashes, [0, 3, 4, 8])).toBe(true)
    expect(mayRepeat(hashes, [0, 2, 4, 8])).toBe(false)
  })

  it('is sure when it says no', () => {
    fc.assert(
      fc.property(words, fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 20 }), (list, cuts) => {
        const bounds = [...new Set(cuts.map((cut) => Math.min(cut, list.length)))].sort((a, b) => a - b)
        const parts = bounds.slice(1).map((end, i) => list.slice(bounds[i], end).join(''))
        expect(mayRepeat(hashesOfWords(list), bounds)).toBe(new Set(parts).size < parts.length)
      }),
    )
  })
})
