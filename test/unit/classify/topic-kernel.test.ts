import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  FEATURES,
  MAX_FEATURES,
  MAX_RUN,
  PRESENCE_FEATURES,
  collectFeatures,
  countOf,
} from '../../../functions/classify/features.ts'
import { openTopicKernel } from '../../../functions/classify/topic-kernel.ts'
import type { TopicKernel } from '../../../functions/classify/topic-kernel.ts'
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

/** The definition: the first place of the set that has the fingerprint, and how often it counts. */
function plainSums({ setBits, fingerprints, weights }: Table, features: Int32Array, version: number) {
  const occurrences = new Map<number, number>()
  for (const hash of features) {
    const first = setOf(hash, setBits) * WAYS
    const place = [first, first + 1].find((at) => fingerprints[at] === fingerprintOf(hash))
    if (place !== undefined) occurrences.set(place, (occurrences.get(place) ?? 0) + 1)
  }
  const counts = [...occurrences].map(([place, often]) => ({ place, count: countOf(often, version) }))
  const sums = Array.from({ length: CLASSES }, (_, c) =>
    counts.reduce((sum, { place, count }) => sum + count * (weights[place * CLASSES + c] ?? 0), 0),
  )
  return { squares: counts.reduce((sum, { count }) => sum + count ** 2, 0), sums }
}

type Table = ReturnType<typeof tableOf>

function kernelOf({ setBits, fingerprints, weights }: Table, version: number): TopicKernel {
  const bytes = { fingerprints: new Uint8Array(fingerprints.buffer), weights: new Uint8Array(weights.buffer) }
  return openTopicKernel({ setBits, classes: CLASSES, isOnce: version <= PRESENCE_FEATURES, ...bytes })
}

const HASH = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

describe.each([FEATURES, PRESENCE_FEATURES])('the kernel that sums weights, by rule %i', (version) => {
  it('equals its plain twin, page after page', () => {
    const runs = fc.record({
      setBits: fc.integer({ min: 1, max: 12 }),
      hashes: fc.array(HASH, { minLength: 1, maxLength: 3000 }),
      seed: fc.integer(),
    })
    fc.assert(
      fc.property(runs, ({ setBits, hashes, seed }) => {
        const table = tableOf(setBits, hashes, seed)
        const kernel = kernelOf(table, version)
        for (const size of [hashes.length, 1, 0, hashes.length]) {
          const features = Int32Array.from([...hashes.slice(0, size), ...hashes.slice(0, size / 2)])
          const squares = kernel.sum(features)
          expect({ squares, sums: [...kernel.sums.subarray(0, CLASSES)] }).toEqual(plainSums(table, features, version))
        }
      }),
    )
  })

  it.each([1, 2, 3, 4, 127, 128, 129, 254, 255, 256, 257, 511, 512, 5000])(
    'counts a feature that stands %i times',
    (often) => {
      const table = tableOf(1, [1], 1)
      table.fingerprints.fill(1)
      const features = new Int32Array(often).fill(1)
      const kernel = kernelOf(table, version)
      const squares = kernel.sum(features)
      expect({ squares, sums: [...kernel.sums.subarray(0, CLASSES)] }).toEqual(plainSums(table, features, version))
    },
  )

  it('adds a thousand of the lowest weights', () => {
    const hashes = Array.from({ length: 4000 }, (_, i) => mix(i))
    const setBits = 11
    const fingerprints = new Uint16Array(WAYS * 2 ** setBits)
    for (const hash of hashes) fingerprints[setOf(hash, setBits) * WAYS] = fingerprintOf(hash)
    const weights = new Int8Array(WAYS * 2 ** setBits * CLASSES).fill(-128)
    const kernel = kernelOf({ setBits, fingerprints, weights }, version)
    const squares = kernel.sum(Int32Array.from(hashes))
    expect(squares).toBeGreaterThan(1000)
    expect(new Set(kernel.sums.subarray(0, CLASSES))).toEqual(new Set([-128 * squares]))
  })
})

const TEXT = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      'a',
      'B',
      'é',
      'mill',
      'races',
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

/** The definition of a text's features: runs of its words, one after the other. */
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

const STEM_UNITS = 5

/** The third rule: stems of long words and the first hundred words come behind the runs. */
function plainFeatures(text: string, longestRun: number): number[] {
  const words = spellTokens(text).flat().filter(isOfRuns)
  const stems = words.filter((word) => word.length > STEM_UNITS)
  return [
    ...plainRuns(text, longestRun),
    ...stems.map((word) => combine(mix(0x7374656d), wordHash(word, 0, STEM_UNITS))),
    ...words.slice(0, 100).map((word) => combine(mix(0x68656164), wordHash(word, 0, word.length))),
  ]
}

describe('the kernels that hash features', () => {
  it('equal their plain twins', () => {
    fc.assert(
      fc.property(TEXT, fc.integer({ min: 1, max: MAX_RUN }), (text, longestRun) => {
        const options = { longestRun, maxUnits: 8192 }
        expect([...collectFeatures({ text }, options)]).toEqual(plainFeatures(text, longestRun))
        const plain = plainRuns(text, longestRun)
        expect([...collectFeatures({ text }, { ...options, version: PRESENCE_FEATURES })]).toEqual(plain)
      }),
      { numRuns: 2000 },
    )
  })

  it('read the first hundred words as the head, marks not among them', () => {
    const words = Array.from({ length: 150 }, (_, i) => `w${String.fromCharCode(97 + (i % 26))}${'x'.repeat(i % 5)}`)
    const text = words.join(', ')
    expect([...collectFeatures({ text }, { longestRun: 1, maxUnits: 8192 })]).toEqual(plainFeatures(text, 1))
  })

  it.each([
    ['Elections of electoral law elect', 2],
    ['Éléctions 中国elections2024，', 2],
    ['elec\u00adtion e\u0301lection', 2],
    ['elect ELECT élect', 0],
  ])('give long words of %j a stem', (text, times) => {
    const stem = combine(mix(0x7374656d), wordHash('elect', 0, STEM_UNITS))
    const features = collectFeatures({ text }, { longestRun: 1, maxUnits: 8192 })
    expect(features.filter((hash) => hash === stem)).toHaveLength(times)
  })

  it.each([FEATURES, PRESENCE_FEATURES])('have room for the longest page, by rule %i', (version) => {
    const page = { text: '水'.repeat(20_000), title: '車'.repeat(1000), url: '路'.repeat(500) }
    const features = collectFeatures(page, { longestRun: MAX_RUN, maxUnits: 8192, version })
    // All but the runs that would begin before the first unit of text and title, twice.
    expect(features).toHaveLength(MAX_FEATURES - 9 - (version === FEATURES ? 0 : 200))
    expect(new Set(features).size).toBe(version === FEATURES ? 12 : 10)
  })
})
