import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classifyTopic, topicProbabilities } from '../../../functions/classify/classify.ts'
import { FEATURES, UNTITLED_FEATURES, collectFeatures } from '../../../functions/classify/features.ts'
import type { PageText } from '../../../functions/classify/features.ts'
import { CLASSES, WAYS, fingerprintOf, loadTopicModel, setOf } from '../../../functions/classify/topic-model.ts'
import { TOPICS } from '../../../schema/shard.ts'
import { random } from '../../../models/training/softmax.ts'
import { quantise, writeTopicFile } from '../../../models/training/topic-file.ts'

const OPTIONS = { longestRun: 3, maxUnits: 4000, version: FEATURES }
const SET_BITS = 10
const WORDS = Array.from({ length: 900 }, (_, i) => `w${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`)

const hashesOf = (page: PageText, options = OPTIONS): number[] => [...collectFeatures(page, options)]

/** A model of random weights that knows the single words and a few runs. */
function build(seed: number) {
  const next = random(seed)
  const places = new Map<number, number>()
  const filled = new Uint8Array(2 ** SET_BITS)
  for (const hash of hashesOf({ text: WORDS.join(' ') })) {
    const set = setOf(hash, SET_BITS)
    const way = filled[set] ?? 0
    const twin = [...places].some(
      ([other]) => setOf(other, SET_BITS) === set && fingerprintOf(other) === fingerprintOf(hash),
    )
    if (way === WAYS || twin) continue
    filled[set] = way + 1
    places.set(hash, set * WAYS + way)
  }
  const weights = Float32Array.from({ length: WAYS * 2 ** SET_BITS * CLASSES }, () => next() * 4 - 2)
  const bias = Float32Array.from({ length: CLASSES }, () => next() - 0.5)
  const temperature = 1.25
  const fingerprints = new Uint16Array(WAYS * 2 ** SET_BITS)
  for (const [hash, place] of places) fingerprints[place] = fingerprintOf(hash)
  const table = { fingerprints, setBits: SET_BITS }
  const file = { name: 'random', lang: 'en', ...OPTIONS, temperature }
  const bytes = writeTopicFile(quantise({ weights, bias }), table, file)
  return { places, weights, bias, temperature, table, bytes, model: loadTopicModel(bytes) }
}

const built = build(7)

/** The definition: a set of features, floating-point weights, one class after the other. */
function slow(page: PageText): number[] {
  const { places, weights, bias, temperature } = built
  const rows = [...new Set(hashesOf(page))].flatMap((hash) => places.get(hash) ?? [])
  const logits = TOPICS.map((_, c) => {
    const sum = rows.reduce((total, row) => total + (weights[row * CLASSES + c] ?? 0), 0)
    return (sum / Math.sqrt(Math.max(1, rows.length)) + (bias[c] ?? 0)) / temperature
  })
  const exps = logits.map((logit) => Math.exp(logit - Math.max(...logits)))
  const total = exps.reduce((sum, e) => sum + e, 0)
  return exps.map((e) => e / total)
}

describe('topic probabilities', () => {
  it('equal the slow definition but for quantisation', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...WORDS, '.', '\n', 'unknown'), { maxLength: 1500 }), (words) => {
        const page = { text: words.join(' ') }
        const fast = [...topicProbabilities(built.model, page)]
        slow(page).forEach((p, c) => expect(fast[c]).toBeCloseTo(p, 1.5))
        expect(fast.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
      }),
    )
  })

  it('do not overflow their lanes on a page of all that the model knows', () => {
    const page = { text: WORDS.join(' ') }
    const fast = topicProbabilities(built.model, page)
    // 900 words and their runs: more than three fillings of the lanes.
    slow(page).forEach((p, c) => expect(fast[c]).toBeCloseTo(p, 1.5))
  })

  it('count a feature once, and carry nothing over to the next page', () => {
    const once = [...topicProbabilities(built.model, { text: 'waa . wba' })]
    topicProbabilities(built.model, { text: WORDS.join(' ') })
    expect([...topicProbabilities(built.model, { text: 'waa . wba . waa . wba' })]).toEqual(once)
  })

  it('are those of the bias where the model knows nothing of a page', () => {
    const empty = slow({ text: '' })
    for (const text of ['', ' \n', 'unknown words only', '。！'])
      topicProbabilities(built.model, { text }).forEach((p, c) => expect(p).toBeCloseTo(empty[c] ?? 0, 5))
  })

  it('give the topic and its own probability', () => {
    const page = { text: WORDS.slice(0, 40).join(' ') }
    const p = [...topicProbabilities(built.model, page)]
    const { topic, score } = classifyTopic(built.model, page)
    expect(score).toBe(Math.max(...p))
    expect(topic).toBe(TOPICS[p.indexOf(score)])
  })
})

describe('features', () => {
  it.each<[string, PageText, PageText]>([
    ['case, width and accents', { text: 'Ｃafé ÉLAN' }, { text: 'cafe elan' }],
    ['no title, an empty one and null', { title: '', text: 'a' }, { title: null, url: null, text: 'a' }],
    ['numbers of one length', { text: 'in 1984' }, { text: 'in 2024' }],
  ])('are the same for %s', (_, page, other) => expect(hashesOf(page)).toEqual(hashesOf(other)))

  it('of the title are those of a line above, and its own', () => {
    const line = hashesOf({ text: 'One two\nthree' })
    const both = hashesOf({ title: 'One two', text: 'three' })
    expect(both).toHaveLength(line.length + 3)
    expect(both.filter((hash) => line.includes(hash))).toHaveLength(line.length)
    // The text begins with its title: it is not read as a line above once more.
    const begun = hashesOf({ title: 'One two', text: 'One two three' })
    const own = begun.filter((hash) => !hashesOf({ text: 'One two three' }).includes(hash))
    expect(begun).toHaveLength(hashesOf({ text: 'One two three' }).length + 3)
    expect(own.toSorted((a, b) => a - b)).toEqual(both.filter((hash) => !line.includes(hash)).toSorted((a, b) => a - b))
  })

  it('of the first rule have no title of its own', () => {
    const first = { ...OPTIONS, version: UNTITLED_FEATURES }
    expect(hashesOf({ title: 'One two', text: 'three' }, first)).toEqual(hashesOf({ text: 'One two\nthree' }, first))
    expect(hashesOf({ title: 'One two', text: 'One two three' }, first)).toEqual(hashesOf({ text: 'One two three' }))
  })

  it('are runs inside a line, not across marks and lines', () => {
    const shared = (text: string, other: string): number => {
      const known = new Set(hashesOf({ text }))
      return hashesOf({ text: other }).filter((hash) => known.has(hash)).length
    }
    expect(hashesOf({ text: 'a b c d' })).toHaveLength(4 + 3 + 2)
    expect(hashesOf({ text: 'a b c d' }, { ...OPTIONS, longestRun: 1 })).toHaveLength(4)
    expect(hashesOf({ text: 'a b, c\nd' })).toHaveLength(4 + 1)
    expect(hashesOf({ text: '天下大事' })).toHaveLength(4 + 3 + 2)
    expect(shared('a b c', 'a, b, c')).toBe(3)
    expect(shared('a b', 'b a')).toBe(2)
  })

  it('of the URL are their own, and no runs', () => {
    const known = new Set(hashesOf({ text: 'health tips' }))
    const url = hashesOf({ text: '', url: 'health/tips' })
    expect(url).toHaveLength(2)
    expect(url.some((hash) => known.has(hash))).toBe(false)
  })

  it('end where the model stops reading', () => {
    const text = 'word '.repeat(3000)
    expect(hashesOf({ text })).toEqual(hashesOf({ text: text.slice(0, OPTIONS.maxUnits) }))
    expect(hashesOf({ text: 'x'.repeat(50_000), title: 'y'.repeat(5000), url: 'z'.repeat(5000) }).length).toBeLessThan(
      9,
    )
  })
})

describe('loadTopicModel', () => {
  const { bytes, model } = built

  it('reads what was written', () => {
    expect(model).toMatchObject({ lang: 'en', features: OPTIONS })
    expect(model.id).toMatch(/^random@[0-9a-f]{12}$/)
  })

  it('refuses every cut and every flipped bit', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        expect(() => loadTopicModel(bytes.subarray(0, at))).toThrow(/^topic model: field/)
        expect(() => loadTopicModel(bytes.with(at, (bytes[at] ?? 0) ^ (1 << bit)))).toThrow(/^topic model: field/)
      }),
    )
  })

  const written = (change: object, bias = built.bias): Uint8Array =>
    writeTopicFile(quantise({ weights: built.weights, bias }), built.table, {
      name: 'random',
      lang: 'en',
      temperature: 1,
      ...OPTIONS,
      ...change,
    })

  it.each<[string, Uint8Array, RegExp]>([
    [
      'runs longer than it can read',
      written({ longestRun: 4 }),
      /field longest run at byte 8: found 4, expected 1 to 3/,
    ],
    ['more text than it can read', written({ maxUnits: 9000 }), /field max units at byte 10: found 9000/],
    ['a rule that it does not know', written({ version: 3 }), /field features at byte 7: found 3, expected 1 to 2/],
    ['a bias that is no number', written({}, built.bias.with(2, Number.NaN)), /field bias at byte 58/],
    ['a name that is none', written({ name: 'Random Model' }), /field name at byte 14/],
  ])('refuses %s', (_, damaged, message) => expect(() => loadTopicModel(damaged)).toThrow(message))
})
