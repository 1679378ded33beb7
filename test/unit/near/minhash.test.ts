import { describe, expect, it } from 'vitest'
import { BAND_BYTES, BANDS, SIGNATURE_BYTES } from '../../../functions/kernel/bands.ts'
import {
  FACTORS,
  MAX_HASHES,
  MINIMA,
  minimaOf,
  type Minimiser,
  NEAR_PARAMETERS,
  nearBands,
  ROWS,
  SUMMANDS,
  wasmMinimiser,
} from '../../../functions/near/minhash.ts'
import { readShingles, tokensPerShingle } from '../../../functions/near/shingles.ts'
import { provenance } from '../../../functions/pipeline.ts'
import { randomFrom } from '../../support/index-lines.ts'

const LANGUAGES = ['en', 'zh'] as const
type Lang = (typeof LANGUAGES)[number]
const SIMILARITIES = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]

const detected = (similarity: number): number => 1 - (1 - similarity ** ROWS) ** BANDS

/** Words that nobody else has, or Han characters; numbered, so that a document's shingles are all distinct. */
function writer(lang: Lang, next: () => number): (count: number) => string[] {
  const letters = (value: number): string =>
    Array.from(value.toString(26), (digit) => String.fromCharCode(97 + Number.parseInt(digit, 26))).join('')
  const word = (): string =>
    lang === 'en' ? letters(Math.floor(next() * 26 ** 7)) : String.fromCharCode(0x4e00 + Math.floor(next() * 20_000))
  return (count) => Array.from({ length: count }, word)
}

const joinTokens = (lang: Lang, tokens: readonly string[]): string => tokens.join(lang === 'en' ? ' ' : '')

/** The distinct shingles of a text that has nothing but words and blanks, or Han characters: slow and obvious. */
function shinglesOf(text: string, lang: Lang): Set<string> {
  const tokens = lang === 'en' ? text.split(' ') : Array.from(text)
  const size = lang === 'en' ? 5 : 8
  return new Set(Array.from({ length: tokens.length - size + 1 }, (_, i) => tokens.slice(i, i + size).join(' ')))
}

const jaccard = (a: Set<string>, b: Set<string>): number => {
  const shared = a.intersection(b).size
  return shared / (a.size + b.size - shared)
}

/** Two texts of about `size` shingles that share their end: the shingles that lie in it whole, and no others. */
function pair(lang: Lang, similarity: number, { size, next }: { size: number; next: () => number }) {
  const write = writer(lang, next)
  const shared = Math.round((2 * similarity * size) / (1 + similarity))
  // Shingles that begin in the head: as many as it has tokens.
  const heads = Math.round(shared / similarity) - shared
  const common = write(shared + tokensPerShingle(lang) - 1)
  const first = Math.floor(heads / 2)
  const a = joinTokens(lang, [...write(first), ...common])
  const b = joinTokens(lang, [...write(heads - first), ...common])
  return { a, b, exact: shared / (shared + heads) }
}

/** For both texts, how many minima agree and whether a band does. */
function compare(lang: Lang, { a, b }: { a: string; b: string }): { equal: number; found: boolean } {
  const minima = minimaOf(a, lang)?.slice()
  let equal = 0
  minimaOf(b, lang)?.forEach((value, at) => (equal += value === minima?.[at] ? 1 : 0))
  const [own, other] = [nearBands(a, lang), nearBands(b, lang)].map((bytes) => new BigInt64Array(bytes?.buffer ?? []))
  return { equal, found: own?.some((band, at) => band === other?.[at]) ?? false }
}

const PATIENCE_MS = 120_000

const bandsOf = (text: string, lang: Lang): string[] => {
  const bytes = Buffer.from(nearBands(text, lang) ?? [])
  return Array.from({ length: BANDS }, (_, i) => bytes.toString('hex', i * BAND_BYTES, (i + 1) * BAND_BYTES))
}

describe.each(LANGUAGES)('near duplicates in %s', (lang) => {
  it('are made with the similarity that the tests say', () => {
    const next = randomFrom(6)
    for (const similarity of SIMILARITIES) {
      for (const size of [60, 150, 270]) {
        const { a, b, exact } = pair(lang, similarity, { size, next })
        expect(jaccard(shinglesOf(a, lang), shinglesOf(b, lang))).toBe(exact)
        expect(Math.abs(exact - similarity)).toBeLessThan(0.01)
      }
    }
  })

  it.each(SIMILARITIES)(
    'are detected as often as the law says at %f',
    (similarity) => {
      const next = randomFrom(similarity * 100)
      const pairs = 1500
      const sums = { found: 0, expected: 0, variance: 0, equal: 0, similarity: 0, squares: 0 }
      for (let i = 0; i < pairs; i++) {
        const texts = pair(lang, similarity, { size: 60 + (i % 8) * 30, next })
        const { equal, found } = compare(lang, texts)
        const { exact } = texts
        sums.found += found ? 1 : 0
        // Rounding moves a pair's similarity a little: the law is taken at each pair's own.
        sums.expected += detected(exact)
        sums.variance += detected(exact) * (1 - detected(exact))
        sums.equal += equal
        sums.similarity += exact
        sums.squares += (equal - MINIMA * exact) ** 2 / (MINIMA * exact * (1 - exact))
      }
      // Three and a half standard errors: one figure of 20 passes that once in a hundred runs, and the seeds stand.
      const { found, expected, variance } = sums
      expect(Math.abs(found - expected), `${found} for ${expected}`).toBeLessThan(3.5 * Math.sqrt(variance) + 1)
      const share = sums.similarity / pairs
      const error = Math.sqrt((share * (1 - share)) / (pairs * MINIMA))
      expect(Math.abs(sums.equal / (pairs * MINIMA) - share)).toBeLessThan(3.5 * error)
      // Independent minima agree with the variance of a binomial; its own relative error from n pairs is √(2/n).
      expect(Math.abs(sums.squares / pairs - 1)).toBeLessThan(3.5 * Math.sqrt(2 / pairs))
    },
    PATIENCE_MS,
  )

  it('have no bands when a text is shorter than a shingle, and bands from one shingle on', () => {
    const write = writer(lang, randomFrom(4))
    const size = tokensPerShingle(lang)
    for (const count of [0, 1, size - 1]) expect(nearBands(joinTokens(lang, write(count)), lang)).toBeNull()
    const least = joinTokens(lang, write(size))
    expect(nearBands(least, lang)).toHaveLength(SIGNATURE_BYTES)
    expect(nearBands(least, lang)).toEqual(nearBands(`${least}!`, lang))
    expect(new Set(bandsOf(least, lang)).size).toBe(BANDS)
  })

  it('has every distinct shingle once, whatever the length of the text', () => {
    const write = writer(lang, randomFrom(5))
    for (const count of [7, 8, 9, 100, 2047, 2048, 2055, 2056, 5000]) {
      const text = joinTokens(lang, write(count))
      const hashes = new Set<number>()
      const block = new Int32Array(2048)
      let inBlocks = 0
      const numbers = readShingles(text, lang, block, (filled) => {
        for (const hash of block.subarray(0, filled)) hashes.add(hash)
        inBlocks += filled
      })
      const expected = Math.max(0, count - tokensPerShingle(lang) + 1)
      expect([numbers, inBlocks]).toEqual([expected, expected])
      expect(hashes.size).toBe(shinglesOf(text, lang).size)
    }
  })
})

/** One hash and one permutation at a time. */
function plainMinimiser(): Minimiser {
  const hashes = new Int32Array(MAX_HASHES)
  const minima = new Int32Array(MINIMA)
  return {
    hashes,
    minima,
    lower(count) {
      for (const [k, least] of minima.entries()) {
        const permuted = Array.from(
          hashes.subarray(0, count),
          (hash) => (Math.imul(hash, FACTORS[k] ?? 0) + (SUMMANDS[k] ?? 0)) | 0,
        )
        minima[k] = Math.min(least, ...permuted)
      }
    },
  }
}

describe('the kernel', () => {
  it.each(LANGUAGES)('takes the same minima as the plain loop, text after text, in %s', (lang) => {
    const write = writer(lang, randomFrom(7))
    const [fast, plain] = [wasmMinimiser(), plainMinimiser()]
    for (const count of [8, 2055, 9, 12, 300, 2056, 1, 5000, 77]) {
      const text = joinTokens(lang, write(count))
      expect(minimaOf(text, lang, fast)).toEqual(minimaOf(text, lang, plain))
      expect(nearBands(text, lang, fast)).toEqual(nearBands(text, lang, plain))
    }
  })

  it('orders hashes of every sign as the plain loop does', () => {
    const [fast, plain] = [wasmMinimiser(), plainMinimiser()]
    const next = randomFrom(8)
    for (let round = 0; round < 200; round++) {
      const count = 1 + Math.floor(next() * 40)
      for (const { hashes, minima } of [fast, plain]) {
        const own = randomFrom(round)
        for (let i = 0; i < count; i++)
          hashes[i] = own() < 0.1 ? ([0, -1, 1, -(2 ** 31), 2 ** 31 - 1][i % 5] ?? 0) : own() * 2 ** 32
        if (round % 7 === 0) minima.fill(2 ** 31 - 1)
      }
      fast.lower(count)
      plain.lower(count)
      expect(fast.minima).toEqual(plain.minima)
    }
  })
})

describe('what makes no difference to the bands', () => {
  it.each([
    [
      'en',
      'The quick brown fox jumps over the lazy dog again',
      'the QUICK, brown: fox — jumps\nover\t“the” lazy dog; again!',
    ],
    ['en', 'Ｔhe naïve café owner met José in Zürich', 'The naive cafe owner met Jose in Zurich'],
    ['zh', '他们在河边的小村里住了很多年', '他们，在河边的小村里！\n住了　很多年。'],
    ['zh', '一二三四五六𠀀八九', '一二三四五六𠀀 八九😀'],
  ])('in %s: case, accents, width, marks and blanks', (lang, a, b) => {
    expect(nearBands(a, lang)).not.toBeNull()
    expect(nearBands(a, lang)).toEqual(nearBands(b, lang))
  })

  it.each([
    ['en', 'in 1999 there were 12 boats', 'in 1998 there were 12 boats'],
    ['en', 'one two three four five', 'one two three five four'],
    ['zh', '甲乙丙丁戊己庚辛', '甲乙丙丁戊己辛庚'],
  ])('but in %s another figure or another order does', (lang, a, b) => {
    const other = bandsOf(b, lang as Lang)
    expect(bandsOf(a, lang as Lang).some((band, i) => band === other[i])).toBe(false)
  })

  it('and a repeated shingle counts once', () => {
    const line = 'all work and no play makes jack a dull boy '
    expect(nearBands(line.repeat(3), 'en')).toEqual(nearBands(line.repeat(40), 'en'))
  })
})

it('the parameters are part of the pipeline’s version and of every shard', () => {
  const { 'millrace.near': near } = provenance({ topic: {}, ngram: {} })
  expect(near).toBe(NEAR_PARAMETERS)
  for (const part of [`bands=${BANDS}`, `rows=${ROWS}`, 'words=5', 'zh-characters=8']) expect(near).toContain(part)
})
