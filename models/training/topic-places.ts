/** Which features get a place in the model's table: those with most to say, two a set, each known apart by 16 bits. */
import { CLASSES, WAYS, fingerprintOf, setOf } from '../../functions/classify/topic-model.ts'
import type { Linear } from './softmax.ts'

/** How far apart a feature's weights are, squared, times how often it stands in a document. */
export function worthOf({ weights }: Linear, feature: number, frequency: number): number {
  const row = feature * CLASSES
  let mean = 0
  for (let c = 0; c < CLASSES; c++) mean += (weights[row + c] as number) / CLASSES
  let spread = 0
  for (let c = 0; c < CLASSES; c++) spread += ((weights[row + c] as number) - mean) ** 2
  return frequency * spread
}

export interface Places {
  /** The row of each feature number, its set's `WAYS` rows side by side, or -1. */
  readonly rows: Int32Array
  /** Of each row, 0 where it is empty. */
  readonly fingerprints: Uint16Array
  readonly setBits: number
  readonly taken: number
}

export interface ChooseOptions {
  /** Hash by number. */
  readonly hashes: Uint32Array
  /** By number; a feature without any gets no place. */
  readonly frequencies: Float32Array
  readonly mostSetBits: number
}

export function choosePlaces(model: Linear, { hashes, frequencies, mostSetBits }: ChooseOptions): Places {
  const worths = Float64Array.from(hashes, (_, feature) => worthOf(model, feature, frequencies[feature] as number))
  const ranked = Uint32Array.from({ length: hashes.length }, (_, i) => i)
    .filter((feature) => (worths[feature] as number) > 0)
    .sort((a, b) => (worths[b] as number) - (worths[a] as number) || (hashes[a] as number) - (hashes[b] as number))
  // Twice as many places as features leave hardly any without one; more would be empty.
  const enough = Math.ceil(Math.log2(Math.max(2, (2 * ranked.length) / WAYS)))
  const setBits = Math.min(mostSetBits, enough)
  const fingerprints = new Uint16Array(WAYS * 2 ** setBits)
  const rows = new Int32Array(hashes.length).fill(-1)
  let taken = 0
  for (const feature of ranked) {
    const hash = hashes[feature] as number
    const first = setOf(hash, setBits) * WAYS
    const fingerprint = fingerprintOf(hash)
    for (let way = 0; way < WAYS; way++) {
      const row = first + way
      if (fingerprints[row] === fingerprint) break
      if (fingerprints[row] !== 0) continue
      fingerprints[row] = fingerprint
      rows[feature] = row
      taken++
      break
    }
  }
  return { rows, fingerprints, setBits, taken }
}
