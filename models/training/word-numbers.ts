/** Words as numbers, in the order in which they are met. Memory: about 60 bytes a distinct word. */
import { LINE_END } from '../../functions/kernel/tokens.ts'
import { LINE_START } from '../../functions/perplexity/ngram-hash.ts'
import { UNKNOWN_WORD } from '../../functions/perplexity/ready-tokens.ts'

/** The three that every vocabulary has. */
export const UNKNOWN = 0
export const BEGIN = 1
export const END = 2

export class WordNumbers {
  readonly #numbers = new Map<number, number>()
  #tokens = new Int32Array(1024)
  #checks = new Int32Array(1024)
  #size = 0

  constructor() {
    for (const marker of [UNKNOWN_WORD, LINE_START, LINE_END]) this.of(marker, marker)
  }

  get size(): number {
    return this.#size
  }

  /** First hash by number. */
  get tokens(): Int32Array {
    return this.#tokens
  }

  /** Second hash by number. */
  get checks(): Int32Array {
    return this.#checks
  }

  of(token: number, check: number): number {
    // 53 of the 64 bits, which a double holds exactly: one pair of a million words shares them in 20,000 vocabularies.
    const key = (token >>> 0) * 2 ** 21 + (check >>> 11)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    if (this.#size === this.#tokens.length) {
      this.#tokens = grown(this.#tokens)
      this.#checks = grown(this.#checks)
    }
    this.#tokens[this.#size] = token
    this.#checks[this.#size] = check
    this.#numbers.set(key, this.#size)
    return this.#size++
  }
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const next = new Int32Array(2 * array.length)
  next.set(array)
  return next
}
