/** What a model says of documents that it has not learnt from, kept to be measured. */
import { CLASSES } from '../../functions/classify/topic-model.ts'

/** Logits of documents with their labels, eleven numbers a document side by side. */
export class ScoredTexts {
  #logits = new Float32Array(1024 * CLASSES)
  #labels = new Uint8Array(1024 * 3)
  count = 0

  add(logits: Float32Array, { topic, second, part }: { topic: number; second: number; part: number }): void {
    if (this.count * 3 === this.#labels.length) {
      this.#logits = grown(this.#logits, new Float32Array(2 * this.#logits.length))
      this.#labels = grown(this.#labels, new Uint8Array(2 * this.#labels.length))
    }
    this.#logits.set(logits, this.count * CLASSES)
    this.#labels.set([topic, second, part], this.count * 3)
    this.count++
  }

  logits(i: number): Float32Array {
    return this.#logits.subarray(i * CLASSES, (i + 1) * CLASSES)
  }

  topic(i: number): number {
    return this.#labels[3 * i] as number
  }

  /** `NO_TOPIC` where there is none. */
  second(i: number): number {
    return this.#labels[3 * i + 1] as number
  }

  /** What was held out together: a fold, or one half of what was held out by the other. */
  part(i: number): number {
    return this.#labels[3 * i + 2] as number
  }

  append(other: ScoredTexts): void {
    for (let i = 0; i < other.count; i++) {
      this.add(other.logits(i), { topic: other.topic(i), second: other.second(i), part: other.part(i) })
    }
  }
}

function grown<T extends Float32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}

export function best(values: Float32Array): number {
  let top = 0
  for (let c = 1; c < values.length; c++) if ((values[c] as number) > (values[top] as number)) top = c
  return top
}
