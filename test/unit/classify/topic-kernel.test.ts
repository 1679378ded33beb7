import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  FEATURES,
  MAX_FEATURES,
  MAX_RUN,
  PRESENCE_FEATURES,
  collectFeatures,
} from '../../../functions/classify/features.ts'
import { openTopicKernel } from '../../../functions/classify/topic-kernel.ts'
import { WAYS, fingerprintOf, setOf } from '../../../functions/classify/topic-model.ts'
import { SINGLE, WORD, characters } from '../../../functions/kernel/characters.ts'
import { combine, mix } from '../../../functions/kernel/hash.ts'
import { wordHash } from '../../../functions/perplexity/ready-tokens.ts'
import { spellTokens } from '../../../functions/perplexity/spell-tokens.ts'
import { random } from '../../../models/training/softmax.ts'

const CLASSES = 11

/** A table with features of `hashes` in half of its places, and weights of any byte. */
function tableOf(setBits: number, hashes: readonly number[], seed: number) {
  const next = random(seed)
  const places = WAYS * 2 ** setBits
  const fingerprints = new Uint16Array(places)
  for (const hash of hashes) {
    const place = setOf(hash, setBits) * WAYS + Math.floor(WAYS * next())
    if (next() < 0.5) fingerprints[place] = fingerprintOf(hash)
  }
  // The lowest byte often: 256 of them would not fit in 16 bits.
  const weights = Int8Array.from({ length: places * CLASSES }, () => (next() < 0.5 ? -128 : next() * 255 - 128))
  return { setBits, fingerprints, weights }
}

/** The definition: the first place of the set that has the fingerprint, each place by the logarithm of its features. */
function plainSums(
  { setBits, fingerprints, weights }: ReturnType<typeof tableOf>,
  features: Int32Array,
  lastCounted: number,
) {
  const found = new Map<number, number>()
  for (const hash of features) {
    const first = setOf(hash, setBits) * WAYS
    const place = [first, first + 1].find((at) => fingerprints[at] === fingerprintOf(hash))
    if (place !== undefined) found.set(place, (found.get(place) ?? 0) + 1)
  }
  const counts = [...found].map(([place, times]) => ({
    place,
    count: 1 + Math.floor(Math.log2(Math.min(times, lastCounted))),
  }))
  const sums = Array.from({ length: CLASSES }, (_, c) =>
    counts.reduce((sum, { place, count }) => sum + count * (weights[place * CLASSES + c] ?? 0), 0),
  )
  return { squares: counts.reduce((sum, { count }) => sum + count ** 2, 0), sums }
}

const HASH = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

describe('the kernel that sums weights', () => {
  it('equals its plain twin, page after page', () => {
    const runs = fc.record({
      setBits: fc.integer({ min: 1, max: 12 }),
      hashes: fc.array(HASH, { minLength: 1, maxLength: 3000 }),
      seed: fc.integer(),
      lastCounted: fc.constantFrom(1, 128),
    })
    fc.assert(
      fc.property(runs, ({ setBits, hashes, seed, lastCounted }) => {
        const table = tableOf(setBits, hashes, seed)
        const { fingerprints, weights } = table
        const bytes = { fingerprints: new Uint8Array(fingerprints.buffer), weights: new Uint8Array(weights.buffer) }
        const kernel = openTopicKernel({ setBits, classes: CLASSES, lastCounted, ...bytes })
        for (const size of [hashes.length, 1, 0, hashes.length]) {
          const often = hashes.slice(0, Math.min(size, 3)).flatMap((hash, i) => Array<number>(4 ** (i + 3)).fill(hash))
          const features = Int32Array.from([...hashes.slice(0, size), ...hashes.slice(0, size / 2), ...often])
          const squares = kernel.sum(features)
          const plain = plainSums(table, features, lastCounted)
          expect({ squares, sums: [...kernel.sums.subarray(0, CLASSES)] }).toEqual(plain)
        }
      }),
    )
  })

  it('adds a thousand of the lowest weights', () => {
    const hashes = Array.from({ length: 4000 }, (_, i) => mix(i))
    const setBits = 11
    const fingerprints = new Uint16Array(WAYS * 2 ** setBits)
    for (const hash of hashes) fingerprints[setOf(hash, setBits) * WAYS] = fingerprintOf(hash)
    const weights = new Int8Array(WAYS * 2 ** setBits * CLASSES).fill(-128)
    const bytes = { fingerprints: new Uint8Array(fingerprints.buffer), weights: new Uint8Array(weights.buffer) }
    const kernel = openTopicKernel({ setBits, classes: CLASSES, lastCounted: 1, ...bytes })
    const known = kernel.sum(Int32Array.from(hashes))
    expect(known).toBeGreaterThan(1000)
    expect(new Set(kernel.sums.subarray(0, CLASSES))).toEqual(new Set([-128 * known]))
  })
})

const TEXT = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      'elect',
      'ions',
      'a',
      'B',
      'é',
      ' ',
      ' ',
      '\n',
      '水',
      '車',
      '１',
      '9',
      '“',
      '—',
      '😀',
      '𠀀',
      '\u200b',
      '-',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 60,
})

/** Words, Han and kana are of runs; planes 2 and 3 hold nothing but Han. */
function isOfRuns(token: string): boolean {
  const code = token.codePointAt(0) ?? 0
  if (code > 0xffff) return code >= 0x20000 && code <= 0x3ffff
  return [WORD, SINGLE].includes((characters()[code] ?? 0) >>> 16)
}

/** The definition of a text's runs of words, one after the other. */
function plainRuns(text: string, longestRun: number): number[] {
  const seed = mix(0x74657874)
  return spellTokens(text).flatMap((line) => {
    let heads: number[] = []
    return line.flatMap((token) => {
      const hash = wordHash(token, 0, token.length)
      heads = isOfRuns(token) ? [seed, ...heads].slice(0, longestRun).map((head) => combine(head, hash)) : []
      return heads
    })
  })
}

/** The definition of what the third rule adds: the stems of all words, and the first hundred tokens. */
function plainStemsAndHead(text: string): number[] {
  const words = spellTokens(text).flat().filter(isOfRuns)
  return [
    ...words.filter((word) => word.length > 5).map((word) => combine(mix(0x7374656d), wordHash(word, 0, 5))),
    ...words.slice(0, 100).map((word) => combine(mix(0x68656164), wordHash(word, 0, word.length))),
  ]
}

describe('the kernel that hashes runs', () => {
  it('equals its plain twin', () => {
    fc.assert(
      fc.property(TEXT, fc.integer({ min: 1, max: MAX_RUN }), (text, longestRun) => {
        const options = { longestRun, maxUnits: 8192, version: PRESENCE_FEATURES }
        expect([...collectFeatures({ text }, options)]).toEqual(plainRuns(text, longestRun))
      }),
      { numRuns: 2000 },
    )
  })

  it('equals the twin of stems and heads, too', () => {
    const texts = fc.oneof(
      TEXT,
      fc.array(TEXT, { maxLength: 12 }).map((all) => all.join(' ')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const features = [...collectFeatures({ text }, { longestRun: 1, maxUnits: 8192, version: FEATURES })]
        expect(features).toEqual([...plainRuns(text, 1), ...plainStemsAndHead(text)])
      }),
      { numRuns: 1000 },
    )
  })

  it('has room for the longest page', () => {
    const page = { text: '水'.repeat(20_000), title: '車'.repeat(1000), url: '路'.repeat(500) }
    const features = collectFeatures(page, { longestRun: MAX_RUN, maxUnits: 8192 })
    // All but the runs that would begin before the first unit of text and title, twice.
    expect(features).toHaveLength(MAX_FEATURES - 9)
    expect(new Set(features).size).toBe(12)
  })
})
