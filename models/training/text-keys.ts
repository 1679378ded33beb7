/** Texts met so far, by 53 bits of their SHA-256: one pair of a million texts shares them in 18,000 corpora. 20 bytes a text. */
import { createHash } from 'node:crypto'

/** Of the hash's hex digits: the key of a text that is known by its hash alone. */
export const keyOfHash = (sha256: string): number =>
  Number.parseInt(sha256.slice(0, 12), 16) * 32 + (Number.parseInt(sha256.slice(12, 14), 16) >>> 3)

export function keyOfText(text: string): number {
  const hash = createHash('sha256').update(text).digest()
  return hash.readUIntBE(0, 6) * 32 + ((hash[6] ?? 0) >>> 3)
}

/** Keys with a byte each, by open addressing. */
export class KeyTable {
  #keys = new Float64Array(1024).fill(-1)
  #values = new Uint8Array(1024)
  size = 0

  /** The byte of a key, or -1. */
  get(key: number): number {
    const at = this.#find(key)
    return this.#keys[at] === key ? (this.#values[at] as number) : -1
  }

  set(key: number, value: number): void {
    if (2 * (this.size + 1) > this.#keys.length) this.#grow()
    const at = this.#find(key)
    if (this.#keys[at] !== key) this.size++
    this.#keys[at] = key
    this.#values[at] = value
  }

  #find(key: number): number {
    const mask = this.#keys.length - 1
    // A key is a piece of a hash: its low bits are as good as any.
    let at = key % this.#keys.length
    while (this.#keys[at] !== key && this.#keys[at] !== -1) at = (at + 1) & mask
    return at
  }

  #grow(): void {
    const keys = this.#keys
    const values = this.#values
    this.#keys = new Float64Array(2 * keys.length).fill(-1)
    this.#values = new Uint8Array(2 * keys.length)
    this.size = 0
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as number
      if (key !== -1) this.set(key, values[i] as number)
    }
  }
}
