/**
 * Damaged, cut, foreign and oversized model files of every kind, by the function that the command line, uploads, activations
 * and slices open them with: an error that names field and offset, or a model whose scores are numbers. Never a crash, a loop
 * without end, or memory that the file's size does not explain.
 */
import { describe, expect, it } from 'vitest'
import { predict } from '../../../functions/classify/fasttext/fasttext.ts'
import { NotFinite } from '../../../functions/classify/fasttext/output.ts'
import { topicProbabilities } from '../../../functions/classify/classify.ts'
import { DamagedModel } from '../../../functions/kernel/model-file.ts'
import { HEAD_BYTES, kindOfModel, modelSpace, openModel, type OpenModel } from '../../../functions/models/open-model.ts'
import { TOKENISATION } from '../../../functions/perplexity/ngram-model.ts'
import { scoreSentence } from '../../../functions/perplexity/score-ready.ts'
import { scorePerplexity } from '../../../functions/perplexity/score.ts'
import { damaged, FOREIGN, integersFrom, KINDS, summed } from '../../support/damage-models.ts'

const PLACE = /: field .+ at byte \d+: /
const TEXT = 'The rain 雨 in the mill, a café: 0x1f </s> __label__wet. '.repeat(9)

/** As a file is opened everywhere: its head tells where the rest is read to. */
function open(bytes: Uint8Array): OpenModel {
  const space = modelSpace(bytes.length, bytes.subarray(0, HEAD_BYTES * 4))
  space.bytes.set(bytes)
  return openModel(space, { name: 'fuzzed', maxBytes: Infinity })
}

/** Everything that a model says about a text. */
function scoresOf(opened: OpenModel): number[] {
  switch (opened.kind) {
    case 'topic':
      return [...topicProbabilities(opened.model, { text: TEXT, title: 'A mill', url: 'https://example.org/law' })]
    case 'ngram':
      return opened.model.tokenisation === TOKENISATION
        ? [scorePerplexity(opened.model, TEXT).log10p]
        : [scoreSentence(opened.model, TEXT).log10p]
    case 'fasttext':
      return predict(opened.model, TEXT, { k: 9 }).map(({ probability }) => probability)
  }
}

/** The error of opening and scoring, or null where all went well. */
function tryOut(bytes: Uint8Array): Error | null {
  try {
    const scores = scoresOf(open(bytes))
    expect(scores.every((score) => Number.isFinite(score))).toBe(true)
    return null
  } catch (error) {
    if (error instanceof DamagedModel || error instanceof NotFinite) return error
    throw error
  }
}

describe.each(KINDS)('$name', ({ bytes, isSummed }) => {
  it('is opened and scores when it is whole', () => {
    expect(tryOut(bytes)).toBeNull()
  })

  it('is refused at every length but its own, with the field and the place', () => {
    for (let length = 0; length < bytes.length; length++) {
      const error = tryOut(bytes.slice(0, length))
      expect(error, `cut at ${length}`).toBeInstanceOf(DamagedModel)
      expect(error?.message).toMatch(PLACE)
      expect(Number(/at byte (\d+)/.exec(error?.message ?? '')?.[1])).toBeLessThanOrEqual(length)
    }
    for (const more of [1, 4, 4096]) {
      const longer = new Uint8Array(bytes.length + more)
      longer.set(bytes)
      expect(tryOut(longer)?.message).toMatch(PLACE)
    }
  })

  it.runIf(isSummed)('is refused with any bit of it turned, and with any byte another', () => {
    const copy = bytes.slice()
    for (let at = 0; at < bytes.length; at++) {
      const before = copy[at] ?? 0
      for (const turned of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        copy[at] = before ^ turned
        let error: unknown = null
        try {
          open(copy)
        } catch (thrown) {
          error = thrown
        }
        if (!(error instanceof DamagedModel && PLACE.test(error.message))) {
          expect.fail(`byte ${at} xor ${turned}: ${String(error)}`)
        }
      }
      copy[at] = before
    }
  })

  it('harmed at random behind a checksum that is right, is refused by field and place, or scores numbers', () => {
    const pick = integersFrom(bytes.length)
    let [refused, longestMs, mostBytes] = [0, 0, 0]
    for (let round = 0; round < 1500; round++) {
      const harmed = damaged(bytes, pick)
      const file = isSummed ? summed(harmed) : harmed
      const { arrayBuffers } = process.memoryUsage()
      const beganMs = performance.now()
      let error: Error | null
      try {
        error = tryOut(file)
      } catch (thrown) {
        throw new Error(`round ${round}: ${Buffer.from(file).toString('base64')}`, { cause: thrown })
      }
      longestMs = Math.max(longestMs, performance.now() - beganMs)
      mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers - arrayBuffers)
      if (error === null) continue
      refused++
      if (error instanceof DamagedModel) expect(error.message).toMatch(PLACE)
    }
    expect(refused).toBeGreaterThan(500)
    expect(longestMs).toBeLessThan(5000)
    // Tables of a kernel, fastText's runs of characters: what a small model takes, harmed or not.
    expect(mostBytes).toBeLessThan(32 * 2 ** 20)
  })

  it('is refused in place of another kind', () => {
    for (const other of KINDS) {
      if (kindOfModel(other.bytes) === kindOfModel(bytes)) continue
      const mixed = new Uint8Array([...bytes.subarray(0, 6), ...other.bytes.subarray(6)])
      expect(tryOut(mixed)?.message).toMatch(PLACE)
    }
  })
})

describe('a file that says more than it has', () => {
  /** The file with a number at a place, under a right checksum. */
  const saying = (bytes: Uint8Array, at: number, numbers: readonly number[]): Uint8Array => {
    const copy = bytes.slice()
    copy.set(numbers, at)
    return summed(copy)
  }
  const [topic, ngram, wide] = KINDS.map(({ bytes }) => bytes)
  /** Of `ngram`, of order 2, a line of sixteen slots each, whose first eleven are filled. */
  const table = 3134
  const u32 = (value: number): number[] => [...new Uint8Array(Uint32Array.of(value).buffer)]

  it.each<[string, Uint8Array | undefined, number, number[], RegExp]>([
    [
      '2^17 places',
      topic,
      9,
      [16],
      /topic model: field fingerprints at byte 94: needs 262144 bytes, the file has \d+ left/,
    ],
    ['sets of no bits', topic, 9, [0], /field set bits at byte 9: found 0, expected 1 to 17/],
    ['a scale that is no number', topic, 46, [0, 0, 0xc0, 0x7f], /field scale at byte 46: expected a finite number/],
    [
      'a bias that is no number',
      topic,
      54,
      [0, 0, 0x80, 0x7f],
      /field bias at byte 54: expected a finite number, found Inf/,
    ],
    [
      '2^24 slots',
      ngram,
      50,
      u32(2 ** 24 - 16),
      /n-gram model: field table at byte 3134: needs 67108864 bytes, the file has/,
    ],
    [
      '2^24 + 16 slots',
      ngram,
      58,
      u32(2 ** 24),
      /field slots at byte 58: found 16777232 with those of lower orders, expected 16777216 at most/,
    ],
    ['2^27 slots', wide, 50, u32(2 ** 27 - 64), /field table at byte 70: needs 536870912 bytes, the file has/],
    [
      'no slot',
      ngram,
      46,
      [...u32(0), ...u32(0)],
      /field slots at byte 50: found 0, expected a multiple of 16 above 0/,
    ],
    ['a part of a line', ngram, 50, u32(17), /field slots at byte 50: found 17, expected a multiple of 16/],
    [
      'a full table',
      ngram,
      46,
      u32(16),
      /field entries at byte 46: 16 entries in 16 slots, expected at most 0.95 of them/,
    ],
    [
      'fewer entries than there are',
      ngram,
      54,
      u32(3),
      /field table at byte 3198: 11 slots of order 2 are filled, the head says 3/,
    ],
    [
      'a table in which a search might not end',
      ngram,
      table + 40,
      [0, 0, 0, 0, 0, 2 ** 16].flatMap(u32),
      /field table at byte 3134: no line of order 1 has an empty last slot, expected one at least/,
    ],
    [
      'a filled slot of no fingerprint',
      ngram,
      table,
      u32(7),
      /field table at byte 3134: found a filled slot of fingerprint 0, expected 1 to 65535/,
    ],
    ['an order of 7', ngram, 6, [7], /field order at byte 6: found 7, expected 1 to 6/],
    ['floats of 16 bits', ngram, 44, [16], /field bits at byte 44: found 16, expected 8 \(quantised\) or 32/],
  ])('%s', (_, bytes = new Uint8Array(), at, numbers, message) => {
    const before = process.memoryUsage().arrayBuffers
    expect(tryOut(saying(bytes, at, numbers))?.message).toMatch(message)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20)
  })

  it('or is larger than any of its kind, asks for no memory', () => {
    for (const { bytes } of KINDS.filter(({ isSummed }) => isSummed)) {
      const before = process.memoryUsage().arrayBuffers
      expect(() => modelSpace(2 ** 40, bytes)).toThrow(
        /field end at byte \d+: the file has 1099511627776 bytes, the largest/,
      )
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20)
    }
  })
})

describe('what is no model', () => {
  it.each(FOREIGN)('%s is refused at its first byte', (_, bytes) => {
    expect(() => open(bytes)).toThrow(DamagedModel)
    expect(() => open(bytes)).toThrow(
      /field magic at byte 0: found .*, expected MRTM \(topic\), MRNG \(n-gram\) or fastText/,
    )
  })

  it('is told by what it is', () => {
    const said = FOREIGN.map(([name, bytes]): [string, string] => {
      try {
        open(bytes)
        return [name, 'opened']
      } catch (error) {
        return [name, String(error).replace(/^.* or fastText's: /, '')]
      }
    })
    expect(Object.fromEntries(said)).toMatchInlineSnapshot(`
      {
        "ARPA": "it is an ARPA file: make a model of it with millrace models import-arpa",
        "a PNG image": "it is a PNG image",
        "a binary of KenLM": "it is a binary of KenLM: import its ARPA file",
        "a calibration": "it is JSON: a calibration, a table or the answer of a server",
        "a page of an error": "it is HTML or XML: what was downloaded is a page, not the file",
        "a pointer of Git LFS": "it is a pointer of Git LFS: fetch the file itself",
        "gzip": "it is a gzip file: decompress it first",
        "half a magic": "it is text",
        "nothing": "the file is empty",
        "one byte": "it is text",
        "vectors": "it is text",
        "zeros": "another kind of file, or its head is damaged",
        "zip": "it is a zip archive: unpack it first",
        "zstd": "it is a zstd file: decompress it first",
      }
    `)
  })

  it('is refused whatever its bytes', () => {
    const pick = integersFrom(11)
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from({ length: pick(200) }, () => pick(256))
      expect(() => open(bytes)).toThrow(PLACE)
    }
  })

  it('is refused whatever stands behind a magic', () => {
    const pick = integersFrom(13)
    for (const { bytes: whole } of KINDS) {
      for (let round = 0; round < 500; round++) {
        const bytes = Uint8Array.from({ length: 6 + pick(400) }, (_, i) => (i < 6 ? (whole[i] ?? 0) : pick(256)))
        expect(tryOut(summed(bytes))?.message).toMatch(PLACE)
      }
    }
  })
})
