/**
 * Writes an n-gram model's file (docs/formats/ngram-model.md): quantised, hashed, checked.
 * Probabilities and back-offs of an order are quantised in 256 equal steps of log10 between their extremes; a step of
 * .03 moves a perplexity by nothing that can be measured, since its errors average out. Back-off 0 stays exactly 0.
 */
import { CENTROIDS, NGRAM_FORMAT, TOKENISATION } from '../../functions/perplexity/ngram-model.ts'
import {
  LINE_START,
  MARK_SEED,
  SLOT_SEED,
  fingerprint,
  homeSlot,
  markHash,
  slotHash,
} from '../../functions/perplexity/ngram-hash.ts'
import { FileWriter } from './model-writer.ts'

export interface Ngram {
  /** Token hashes. */
  readonly tokens: readonly number[]
  readonly log10p: number
  readonly log10Backoff: number
}

export interface NgramFile {
  readonly name: string
  readonly lang: string
  readonly order: number
  /** log10 probability of one unknown word. */
  readonly unknown: number
  /** Rarely more than this share of the slots is filled: 13 slots are walked for what is not there at .8. */
  readonly load?: number
}

interface Scale {
  readonly centroids: Float32Array
  indexOf(value: number): number
}

function scaleOf(values: readonly number[]): Scale {
  const top = values.reduce((max, value) => Math.max(max, value), -99)
  const bottom = values.reduce((min, value) => Math.min(min, value), top)
  const step = (top - bottom) / (CENTROIDS - 1)
  return {
    centroids: Float32Array.from({ length: CENTROIDS }, (_, i) => top - (CENTROIDS - 1 - i) * step),
    indexOf: (value) => (step === 0 ? CENTROIDS - 1 : CENTROIDS - 1 - Math.round((top - value) / step)),
  }
}

/** The file's bytes, and how many n-grams found their place taken by another with the same fingerprint. */
export function writeNgramFile(
  ngrams: readonly Ngram[],
  { name, lang, order, unknown, load = 0.8 }: NgramFile,
): {
  bytes: Uint8Array
  shadowed: number
} {
  const slots = new Int32Array(Math.ceil(ngrams.length / load) + 1)
  const scale = slots.length / 2 ** 32
  const orders = Array.from({ length: order }, (_, k) => ngrams.filter(({ tokens }) => tokens.length === k + 1))
  const probabilities = orders.map((level) =>
    // The start of a line is never predicted, and its place-holder shall not widen the scale.
    scaleOf(level.filter(({ tokens }) => tokens.length > 1 || tokens[0] !== LINE_START).map(({ log10p }) => log10p)),
  )
  const backoffs = orders.slice(0, -1).map((level) => scaleOf([0, ...level.map(({ log10Backoff }) => log10Backoff)]))
  let entries = 0
  for (const [k, level] of orders.entries()) {
    for (const { tokens, log10p, log10Backoff } of level) {
      const slot = tokens.reduce(slotHash, SLOT_SEED)
      const mark = fingerprint(tokens.reduce(markHash, MARK_SEED))
      let at = homeSlot(slot, scale)
      while (slots[at] !== 0 && (slots[at] as number) >>> 16 !== mark) at = at + 1 === slots.length ? 0 : at + 1
      if (slots[at] !== 0) continue
      const p = Math.max(0, probabilities[k]?.indexOf(log10p) ?? 0)
      slots[at] = (mark << 16) | (p << 8) | (backoffs[k]?.indexOf(log10Backoff) ?? 0)
      entries++
    }
  }
  const file = new FileWriter(NGRAM_FORMAT)
  file.u8(order).u8(TOKENISATION).label(name, 24).label(lang, 8).f32(unknown).u32(entries).u32(slots.length)
  for (const { centroids } of probabilities) file.raw(centroids)
  for (const { centroids } of backoffs) file.raw(centroids)
  return { bytes: file.raw(slots).finish(), shadowed: ngrams.length - entries }
}
