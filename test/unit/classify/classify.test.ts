import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classifyTopic, topicProbabilities } from '../../../functions/classify/classify.ts'
import {
  FEATURES,
  PRESENCE_FEATURES,
  UNTITLED_FEATURES,
  collectFeatures,
} from '../../../functions/classify/features.ts'
import type { PageText } from '../../../functions/classify/features.ts'
import { CLASSES, WAYS, fingerprintOf, loadTopicModel, setOf } from '../../../functions/classify/topic-model.ts'
import { TOPICS } from '../../../schema/shard.ts'
import { random } from '../../../models/training/softmax.ts'
import { quantise, writeTopicFile } from '../../../models/training/topic-file.ts'

const OPTIONS = { longestRun: 3, maxUnits: 4000, version: FEATURES }
const PRESENCE = { ...OPTIONS, version: PRESENCE_FEATURES }
const SET_BITS = 10
const WORDS = Array.from({ length: 900 }, (_, i) => `w${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`)

const hashesOf = (page: PageText, options = OPTIONS): number[] => [...collectFeatures(page, options)]

/** A model of random weights that knows the single words and a few runs. */
function build(seed: number, version = FEATURES) {
  const options = { ...OPTIONS, version }
  const next = random(seed)
  const places = new Map<number, number>()
  const filled = new Uint8Array(2 ** SET_BITS)
  for (const hash of hashesOf({ text: WORDS.join(' ') }, options)) {
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
  const file = { name: 'random', lang: 'en', ...options, temperature }
  const bytes = writeTopicFile(quantise({ weights, bias }), table, file)
  return { options, weights, bias, temperature, table, bytes, model: loadTopicModel(bytes) }
}

const built = build(7)

/** How much a feature counts that stands `times` times in a page. */
const countOf = (times: number, version: number): number =>
  version > PRESENCE_FEATURES ? Math.min(8, Math.floor(Math.log2(times)) + 1) : 1

/** The definition: places by how often they are met, floating-point weights, one class after the other. */
function slow({ options, table, weights, bias, temperature }: typeof built, page: PageText): number[] {
  const met = hashesOf(page, options).flatMap((hash) => {
    const first = setOf(hash, SET_BITS) * WAYS
    return [first, first + 1].find((place) => table.fingerprints[place] === fingerprintOf(hash)) ?? []
  })
  const counted = [...Map.groupBy(met, (row) => row)].map(([row, all]) => ({
    row,
    count: countOf(all.length, options.version),
  }))
  const length = Math.hypot(...counted.map(({ count }) => count))
  const logits = TOPICS.map((_, c) => {
    const sum = counted.reduce((total, { row, count }) => total + count * (weights[row * CLASSES + c] ?? 0), 0)
    return (sum / Math.max(1, length) + (bias[c] ?? 0)) / temperature
  })
  const exps = logits.map((logit) => Math.exp(logit - Math.max(...logits)))
  const total = exps.reduce((sum, e) => sum + e, 0)
  return exps.map((e) => e / total)
}

describe.each([UNTITLED_FEATURES, PRESENCE_FEATURES, FEATURES])('topic probabilities of rule %i', (version) => {
  const rule = build(7, version)

  it('equal the slow definition but for quantisation', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...WORDS, '.', '\n', 'unknown'), { maxLength: 1500 }), (words) => {
        const page = { title: words.slice(0, 5).join(' '), text: words.join(' ') }
        const fast = [...topicProbabilities(rule.model, page)]
        slow(rule, page).forEach((p, c) => expect(fast[c]).toBeCloseTo(p, 1.5))
        expect(fast.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
      }),
      { numRuns: 50 },
    )
  })

  it('do not overflow their lanes on a page of all that the model knows', () => {
    const page = { text: WORDS.join(' ') }
    const fast = topicProbabilities(rule.model, page)
    // 900 words and their runs: more than three fillings of the lanes.
    slow(rule, page).forEach((p, c) => expect(fast[c]).toBeCloseTo(p, 1.5))
  })

  it('count a word by how often it stands there, to a hundred and twenty-eight times', () => {
    const often = (times: number): number[] => [
      ...topicProbabilities(rule.model, { text: `waa . wba . ${'wca . '.repeat(times)}` }),
    ]
    // Each time counts what the definition says, and 300 times no more than 128.
    for (const times of [1, 2, 3, 4, 100, 128, 300]) {
      const words = slow(rule, { text: `waa . wba . ${'wca . '.repeat(times)}` })
      words.forEach((p, c) => expect(often(times)[c]).toBeCloseTo(p, 1.5))
    }
    expect(often(3)).toEqual(often(2))
    expect(often(300)).toEqual(often(128))
    if (version > PRESENCE_FEATURES) expect(often(4)).not.toEqual(often(3))
    else expect(often(300)).toEqual(often(1))
  })

  it('carry nothing over to the next page', () => {
    const once = [...topicProbabilities(rule.model, { text: 'waa . wba' })]
    topicProbabilities(rule.model, { text: WORDS.join(' ') })
    expect([...topicProbabilities(rule.model, { text: 'waa . wba' })]).toEqual(once)
  })
})

describe('topic probabilities', () => {
  it('are those of the bias where the model knows nothing of a page', () => {
    const empty = slow(built, { text: '' })
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
    expect(hashesOf({ title: 'One two', text: 'One two three' }, first)).toEqual(
      hashesOf({ text: 'One two three' }, PRESENCE),
    )
  })

  it('are runs inside a line, not across marks and lines', () => {
    const shared = (text: string, other: string): number => {
      const known = new Set(hashesOf({ text }, PRESENCE))
      return hashesOf({ text: other }, PRESENCE).filter((hash) => known.has(hash)).length
    }
    expect(hashesOf({ text: 'a b c d' }, PRESENCE)).toHaveLength(4 + 3 + 2)
    expect(hashesOf({ text: 'a b c d' }, { ...PRESENCE, longestRun: 1 })).toHaveLength(4)
    expect(hashesOf({ text: 'a b, c\nd' }, PRESENCE)).toHaveLength(4 + 1)
    expect(hashesOf({ text: '天下大事' }, PRESENCE)).toHaveLength(4 + 3 + 2)
    expect(shared('a b c', 'a, b, c')).toBe(3)
    expect(shared('a b', 'b a')).toBe(2)
  })

  it('are besides the stems of long words and the first hundred tokens, by the third rule', () => {
    const more = (page: PageText): number => hashesOf(page).length - hashesOf(page, PRESENCE).length
    const words = (count: number, word: string): string => Array.from({ length: count }, () => word).join(' , ')
    expect(more({ text: 'a b, c\nd 天下' })).toBe(6)
    expect(more({ text: words(300, 'a') })).toBe(100)
    // The title's own field has neither; a title above the text has a head of its own.
    expect(more({ title: 'law', text: words(300, 'a') })).toBe(100 + 1)
    expect(more({ title: 'law', text: `law ${words(300, 'a')}` })).toBe(100)
    expect(more({ text: words(300, 'lawyer') })).toBe(100 + 300)
    expect(more({ text: words(300, 'legal') })).toBe(100)
    const known = new Set(hashesOf({ text: 'elect' }))
    const forms = ['elections', 'electoral'].map((text) => hashesOf({ text }))
    expect(forms.flat().some((hash) => known.has(hash))).toBe(false)
    expect(forms[0]?.filter((hash) => forms[1]?.includes(hash))).toHaveLength(1)
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
    ['a rule that it does not know', written({ version: 4 }), /field features at byte 7: found 4, expected 1 to 3/],
    ['a bias that is no number', written({}, built.bias.with(2, Number.NaN)), /field bias at byte 58/],
    ['a name that is none', written({ name: 'Random Model' }), /field name at byte 14/],
  ])('refuses %s', (_, damaged, message) => expect(() => loadTopicModel(damaged)).toThrow(message))
})
