import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_FEATURES, MAX_RUN, collectFeatures } from '../../../functions/classify/features.ts'
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

/** The definition: the first place of the set that has the fingerprint, each place once. */
function plainSums({ setBits, fingerprints, weights }: ReturnType<typeof tableOf>, features: Int32Array) {
  const found = new Set<number>()
  for (const hash of features) {
    const first = setOf(hash, setBits) * WAYS
    const place = [first, first + 1].find((at) => fingerprints[at] === fingerprintOf(hash))
    if (place !== undefined) found.add(place)
  }
  const sums = Array.from({ length: CLASSES }, (_, c) =>
    [...found].reduce((sum, place) => sum + (weights[place * CLASSES + c] ?? 0), 0),
  )
  return { known: found.size, sums }
}

const HASH = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

describe('the kernel that sums weights', () => {
  it('equals its plain twin, page after page', () => {
    const runs = fc.record({
      setBits: fc.integer({ min: 1, max: 12 }),
      hashes: fc.array(HASH, { minLength: 1, maxLength: 3000 }),
      seed: fc.integer(),
    })
    fc.assert(
      fc.property(runs, ({ setBits, hashes, seed }) => {
        const table = tableOf(setBits, hashes, seed)
        const { fingerprints, weights } = table
        const bytes = { fingerprints: new Uint8Array(fingerprints.buffer), weights: new Uint8Array(weights.buffer) }
        const kernel = openTopicKernel({ setBits, classes: CLASSES, ...bytes })
        for (const size of [hashes.length, 1, 0, hashes.length]) {
          const features = Int32Array.from([...hashes.slice(0, size), ...hashes.slice(0, size / 2)])
          const known = kernel.sum(features)
          expect({ known, sums: [...kernel.sums.subarray(0, CLASSES)] }).toEqual(plainSums(table, features))
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
    const kernel = openTopicKernel({ setBits, classes: CLASSES, ...bytes })
    const known = kernel.sum(Int32Array.from(hashes))
    expect(known).toBeGreaterThan(1000)
    expect(new Set(kernel.sums.subarray(0, CLASSES))).toEqual(new Set([-128 * known]))
  })
})

const TEXT = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'B', 'é', ' ', ' ', '\n', '水', '車', '１', '9', '“', '—', '😀', '𠀀', '\u200b', '-'),
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

describe('the kernel that hashes runs', () => {
  it('equals its plain twin', () => {
    fc.assert(
      fc.property(TEXT, fc.integer({ min: 1, max: MAX_RUN }), (text, longestRun) => {
        expect([...collectFeatures({ text }, { longestRun, maxUnits: 8192 })]).toEqual(plainRuns(text, longestRun))
      }),
      { numRuns: 2000 },
    )
  })

  it('has room for the longest page', () => {
    const page = { text: '水'.repeat(20_000), title: '車'.repeat(1000), url: '路'.repeat(500) }
    const features = collectFeatures(page, { longestRun: MAX_RUN, maxUnits: 8192 })
    // All but the runs that would begin before the first unit of text and title, twice.
    expect(features).toHaveLength(MAX_FEATURES - 9)
    expect(new Set(features).size).toBe(10)
  })
})
