/** Names in markup (tags, attributes, class words) are compared by a hash of their bytes: no string is made on the way. */

const SEED = 17

/** One step; `| 32` folds ASCII letters to lower case and leaves digits, `-`, `_` and `:` apart. */
export const hashByte = (hash: number, byte: number): number => (Math.imul(hash, 31) + (byte | 32)) | 0

export const EMPTY_HASH = SEED

export function hashName(name: string): number {
  let hash = EMPTY_HASH
  for (let i = 0; i < name.length; i++) hash = hashByte(hash, name.charCodeAt(i))
  return hash
}

/** A map from hashes to small numbers, open addressing; `get` answers -1 where there is none. */
export class HashMap {
  private readonly keys: Int32Array
  private readonly values: Int32Array
  private readonly mask: number

  constructor(entries: Iterable<readonly [hash: number, value: number]>) {
    const list = [...entries]
    let size = 16
    while (size < list.length * 4) size *= 2
    this.mask = size - 1
    this.keys = new Int32Array(size)
    this.values = new Int32Array(size).fill(-1)
    for (const [hash, value] of list) {
      let slot = spread(hash) & this.mask
      while ((this.values[slot] ?? -1) >= 0 && this.keys[slot] !== hash) slot = (slot + 1) & this.mask
      this.keys[slot] = hash
      this.values[slot] = value
    }
  }

  get(hash: number): number {
    const { keys, values, mask } = this
    let slot = spread(hash) & mask
    for (;;) {
      const value = values[slot] as number
      if (value < 0 || keys[slot] === hash) return value
      slot = (slot + 1) & mask
    }
  }
}

export const spread = (hash: number): number => Math.imul(hash, 0x9e3779b1) >>> 8
