/**
 * The grammar of an ARPA file, line by line: `\data\`, the counts, a section an order, `\end\`.
 *
 * KenLM's and SRILM's dialects: fields between tabs or spaces, back-offs that may be missing, -99 for a probability of
 * zero, blank lines anywhere. The format is Doug Paul's of the ARPA CSR corpora, as SRILM's ngram-format(5) tells it.
 */
import { MAX_ORDER } from '../../functions/perplexity/ngram-model.ts'
import { DamagedArpa } from './arpa-lines.ts'

export interface ArpaHandler {
  /** The header: n-grams by order. */
  counts(counts: readonly number[]): void
  /** An n-gram; `fail` throws with the line's number. */
  ngram(words: readonly string[], log10p: number, log10Backoff: number, fail: Fail): void
}

export type Fail = (detail: string) => never

const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

export class ArpaReader {
  readonly #file: string
  readonly #handler: ArpaHandler
  readonly #counts: number[] = []
  #state: 'start' | 'counts' | 'section' | 'end' = 'start'
  #order = 0
  #read = 0
  #line = 0
  readonly #fail: Fail = (detail) => {
    throw new DamagedArpa(this.#file, this.#line, detail)
  }

  constructor(file: string, handler: ArpaHandler) {
    this.#file = file
    this.#handler = handler
  }

  /** False after `\end\`. */
  line(text: string, number: number): boolean {
    this.#line = number
    if (this.#state === 'section' && text.charCodeAt(0) !== 0x5c && text !== '') this.#entry(text)
    else if (text.trim() !== '') this.#mark(text.trim())
    return this.#state !== 'end'
  }

  /** Call after the last line. */
  end(): void {
    if (this.#state === 'end') return
    this.#line++
    if (this.#state === 'start') this.#fail('the file ends without \\data\\: likely no ARPA file')
    const read =
      this.#state === 'section' ? ` in the ${this.#order}-grams, ${this.#read} of ${this.#wanted()} read` : ''
    this.#fail(`the file ends${read} without \\end\\: likely cut short in writing or copying`)
  }

  #wanted(): number {
    return this.#counts[this.#order - 1] ?? 0
  }

  #mark(text: string): void {
    if (this.#state === 'start') {
      if (text !== '\\data\\') this.#fail(`found ${shown(text)}, expected \\data\\: likely no ARPA file`)
      this.#state = 'counts'
      return
    }
    if (this.#state === 'counts' && text.startsWith('ngram')) {
      this.#count(text)
      return
    }
    const next = this.#expected()
    if (this.#state === 'section' && text.startsWith('\\') && this.#read < this.#wanted()) {
      // A word may begin with a backslash, a line's number may not.
      this.#fail(
        `found ${shown(text)} after ${this.#read} ${this.#order}-grams, the header says ${this.#wanted()}: ` +
          'n-grams were lost, or the header is of another model',
      )
    }
    if (text !== next) this.#fail(`found ${shown(text)}, expected ${next}: sections are in the order of their length`)
    if (next === '\\end\\') this.#state = 'end'
    else {
      if (this.#state === 'counts') this.#handler.counts(this.#counts)
      this.#state = 'section'
      this.#order++
      this.#read = 0
    }
  }

  #expected(): string {
    if (this.#counts.length === 0) return 'ngram 1=…'
    return this.#order === this.#counts.length ? '\\end\\' : `\\${this.#order + 1}-grams:`
  }

  #count(text: string): void {
    const match = /^ngram\s+(\d+)\s*=\s*(\d+)$/.exec(text)
    const wanted = this.#counts.length + 1
    if (match === null) this.#fail(`found ${shown(text)}, expected ngram ${wanted}= and a number`)
    const [, order = '', count = ''] = match
    if (Number(order) !== wanted) this.#fail(`found the count of ${order}-grams, expected that of ${wanted}-grams`)
    if (wanted > MAX_ORDER) this.#fail(`the model's order is over ${MAX_ORDER}, which is the most that is read`)
    if (wanted === 1 && Number(count) === 0) this.#fail('found 0 words, expected at least <s> and </s>')
    this.#counts.push(Number(count))
  }

  #entry(text: string): void {
    const fields = text.split(/[ \t]+/)
    if (fields[0] === '') fields.shift()
    if (fields.at(-1) === '') fields.pop()
    if (fields.length === 0) return
    const order = this.#order
    if (this.#read === this.#wanted()) {
      this.#fail(
        `found ${shown(text)} after all ${this.#read} ${order}-grams of the header, expected ${this.#expected()}: ` +
          'n-grams were added, or the header is of another model',
      )
    }
    this.#read++
    const hasBackoff = fields.length === order + 2
    if (!hasBackoff && fields.length !== order + 1) {
      this.#fail(
        `found ${fields.length} fields in ${shown(text)}, expected ${order + 1} or ${order + 2}: ` +
          `log10 p, ${order} ${order === 1 ? 'word' : 'words'} and perhaps a back-off`,
      )
    }
    const log10p = this.#number(fields[0] ?? '', 'a log10 probability')
    if (log10p > 0) this.#fail(`found log10 p = ${fields[0]}, expected 0 or less: a probability is at most 1`)
    const log10Backoff = hasBackoff ? this.#number(fields.at(-1) ?? '', 'a log10 back-off') : 0
    if (order === this.#counts.length && log10Backoff !== 0) {
      this.#fail(`found a back-off of ${log10Backoff}, expected none: no n-gram is longer than this one`)
    }
    this.#handler.ngram(fields.slice(1, order + 1), log10p, log10Backoff, this.#fail)
  }

  #number(field: string, what: string): number {
    const value = /^[-+]?(\d|\.\d)/.test(field) ? Number(field) : Number.NaN
    if (!(Math.abs(value) <= 99)) {
      this.#fail(`found ${shown(field)}, expected ${what} from -99 to 99: likely a damaged line, or a failed estimate`)
    }
    return value
  }
}
