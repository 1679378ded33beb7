/** What class, id, role and itemprop words tell: log-odds that a block under such a word is main text, by the word's hash. */
export class WordWeights {
  private readonly keys: Int32Array
  private readonly weights: Float32Array
  private readonly mask: number

  constructor(hashes: ArrayLike<number>, weights: ArrayLike<number>) {
    let size = 64
    while (size < hashes.length * 3) size *= 2
    this.mask = size - 1
    this.keys = new Int32Array(size)
    this.weights = new Float32Array(size)
    for (let i = 0; i < hashes.length; i++) {
      const slot = this.slotOf(hashes[i] ?? 0)
      this.keys[slot] = hashes[i] ?? 0
      this.weights[slot] = weights[i] ?? 0
    }
  }

  /** 0 for a word that tells nothing. */
  get(hash: number): number {
    return this.weights[this.slotOf(hash)] as number
  }

  private slotOf(hash: number): number {
    const { keys, weights, mask } = this
    let slot = (Math.imul(hash, 0x9e3779b1) >>> 9) & mask
    while (weights[slot] !== 0 && keys[slot] !== hash) slot = (slot + 1) & mask
    return slot
  }
}
