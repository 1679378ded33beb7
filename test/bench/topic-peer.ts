/** Native fastText on the documents of `bench:topic`: a small grid, tokens and folds given to it. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { LabelledDocument } from '../../models/training/topic-data.ts'
import type { NativeFastText } from './fasttext-peer.ts'
import { tokenLine } from './topic-texts.ts'

export interface PeerSetting {
  readonly rate: number
  readonly epochs: number
  /** fastText has no weights: a web page counts for more by standing there so often. */
  readonly copies: number
}

export const GRID: readonly PeerSetting[] = [
  { rate: 0.5, epochs: 5, copies: 1 },
  { rate: 1, epochs: 5, copies: 1 },
  { rate: 0.5, epochs: 5, copies: 4 },
  { rate: 1, epochs: 5, copies: 4 },
]

export const nameOf = ({ rate, epochs, copies }: PeerSetting): string => `lr ${rate}, ${epochs} epochs, web x${copies}`

export class TopicPeer {
  readonly #native: NativeFastText
  readonly #folder: string
  readonly #lang: string
  readonly #lines = new Map<LabelledDocument, string>()

  constructor(native: NativeFastText, folder: string, lang: string) {
    mkdirSync(folder, { recursive: true })
    this.#native = native
    this.#folder = folder
    this.#lang = lang
  }

  #lineOf(document: LabelledDocument): string {
    const known = this.#lines.get(document)
    if (known !== undefined) return known
    const line = tokenLine(document, this.#lang)
    this.#lines.set(document, line)
    return line
  }

  /** The model's file, trained once for the same lines. */
  train(
    name: string,
    { weak, web }: { weak: readonly LabelledDocument[]; web: readonly LabelledDocument[] },
    { rate, epochs, copies }: PeerSetting,
  ): string {
    const all = [...weak, ...Array.from({ length: copies }, () => web).flat()]
    // Spread by the golden ratio: fastText reads in the order of its file, and its rate falls on the way.
    const order = all.map((document, i) => ({ document, at: (i * 0.6180339887498949) % 1 })).sort((a, b) => a.at - b.at)
    const lines = order.map(({ document }) => `__label__${document.topic} ${this.#lineOf(document)}\n`).join('')
    const hash = createHash('sha256').update(lines).digest('hex').slice(0, 12)
    const model = path.join(this.#folder, `${name}-${rate}-${epochs}-${copies}-${hash}`)
    if (existsSync(`${model}.bin`)) return `${model}.bin`
    const input = path.join(this.#folder, 'input.txt')
    writeFileSync(input, lines)
    const runs = this.#lang === 'zh' ? '3' : '2'
    const options = ['-dim', '50', '-wordNgrams', runs, '-minCount', '2', '-bucket', '500000', '-loss', 'softmax']
    const steps = ['-lr', String(rate), '-epoch', String(epochs), '-thread', '2']
    this.#native.run(['supervised', '-input', input, '-output', `${model}.part`, ...options, ...steps])
    rmSync(input)
    renameSync(`${model}.part.bin`, `${model}.bin`)
    return `${model}.bin`
  }

  /** Its first answer for each. */
  answers(model: string, documents: readonly LabelledDocument[]): string[] {
    const lines = this.writeLines('ask.txt', documents)
    const { output } = this.#native.predict(model, lines, 1)
    rmSync(lines)
    return output.map((line) => line.split(' ')[0]?.replace('__label__', '') ?? '')
  }

  writeLines(name: string, documents: readonly LabelledDocument[]): string {
    const file = path.join(this.#folder, name)
    writeFileSync(file, documents.map((document) => `${this.#lineOf(document)}\n`).join(''))
    return file
  }
}
