/**
 * 64-bit bands → document numbers, in 12 bytes a slot: linear probing over typed arrays, doubled when 70 % are taken.
 * A Map of bigints takes ten times as much, and a document has fourteen.
 */

const START_SLOTS = 2 ** 12
const MAX_LOAD = 0.7

export interface BandTable {
  /** Number of the document that has the band, or -1. */
  get(low: number, high: number): number
  set(low: number, high: number, document: number): void
  /** Takes out the bands of documents that do not pass. */
  retain(passes: (document: number) => boolean): void
}

export function bandTable(): BandTable {
  let slots = START_SLOTS
  let lows = new Int32Array(slots)
  let highs = new Int32Array(slots)
  /** Document number + 1, 0 for an empty slot. */
  let documents = new Int32Array(slots)
  let taken = 0

  /** The slot that has the band, or the empty one where it belongs. Bands are hashes: their low bits spread them. */
  const find = (low: number, high: number): number => {
    let slot = (low ^ high) & (slots - 1)
    while (documents[slot] !== 0 && (lows[slot] !== low || highs[slot] !== high)) slot = (slot + 1) & (slots - 1)
    return slot
  }
  const rebuild = (size: number, passes: (document: number) => boolean): void => {
    const old = { lows, highs, documents }
    slots = size
    lows = new Int32Array(slots)
    highs = new Int32Array(slots)
    documents = new Int32Array(slots)
    taken = 0
    for (const [i, document] of old.documents.entries()) {
      if (document !== 0 && passes(document - 1)) put(old.lows[i] ?? 0, old.highs[i] ?? 0, document)
    }
  }
  const put = (low: number, high: number, document: number): void => {
    const slot = find(low, high)
    if (documents[slot] === 0) taken += 1
    lows[slot] = low
    highs[slot] = high
    documents[slot] = document
  }
  return {
    get: (low, high) => (documents[find(low, high)] ?? 0) - 1,
    set(low, high, document) {
      put(low, high, document + 1)
      if (taken > slots * MAX_LOAD) rebuild(slots * 2, () => true)
    },
    retain: (passes) => rebuild(slots, passes),
  }
}
