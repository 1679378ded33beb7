/**
 * Text or ready words → the runs of `order` words that end at each word and each sentence's end, starts in front.
 * Memory: a piece of the file and its longest line.
 */
import { LINE, readTokens, tokenBlock } from '../../functions/kernel/tokens.ts'
import type { TokenBlock } from '../../functions/kernel/tokens.ts'
import { isBlank, wordCheck, wordHash } from '../../functions/perplexity/ready-tokens.ts'
import { DamagedFile, unpackedPieces } from './packed-file.ts'
import { BEGIN, END } from './word-numbers.ts'
import type { WordNumbers } from './word-numbers.ts'

/** Text that cannot be counted; the message says whose, and why. */
export class BadText extends Error {
  override readonly name = 'BadText'
  readonly exitCode = 2
}

/** Pieces of a text that end where lines end. */
export async function* textPieces(file: string, progress?: (bytes: number) => void): AsyncGenerator<string> {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let rest = ''
  let done = 0
  try {
    for await (const chunk of unpackedPieces(file, progress)) {
      const text = rest + utf8.decode(chunk, { stream: true })
      done += chunk.length
      const end = text.lastIndexOf('\n') + 1
      if (end > 0) yield text.slice(0, end)
      rest = text.slice(end)
    }
    rest += utf8.decode()
  } catch (error) {
    if (error instanceof DamagedFile) throw new BadText(`${file}: ${error.message}`)
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error
    throw new BadText(
      `${file}, behind byte ${done}: not UTF-8, expected plain, gzip or zstd text: is it of another kind?`,
      { cause: error },
    )
  }
  if (rest !== '') yield rest
}

export interface Corpus {
  readonly tokens: number
  readonly sentences: number
}

type Add = (words: Uint32Array, end: number) => void

/** A window over a sentence: the last `order` words. */
class Window {
  readonly #words: Uint32Array
  readonly #add: Add
  #isInside = false
  tokens = 0
  sentences = 0

  constructor(order: number, add: Add) {
    this.#words = new Uint32Array(order)
    this.#add = add
  }

  push(word: number): void {
    if (!this.#isInside) this.#words.fill(BEGIN)
    this.#isInside = true
    this.#words.copyWithin(0, 1)
    this.#words[this.#words.length - 1] = word
    this.#add(this.#words, this.#words.length)
    this.tokens++
  }

  /** Ends the sentence, if one has begun. */
  end(): void {
    if (!this.#isInside) return
    this.push(END)
    this.#isInside = false
    this.sentences++
  }
}

export interface TextSource {
  /** Of the file, for errors. */
  readonly name?: string
  /** May be called again. */
  readonly pieces: () => AsyncIterable<string>
}

export interface CorpusOptions {
  readonly order: number
  /** Text, read as our tokens; else ready words between blanks, a sentence a line. */
  readonly isOwn: boolean
  readonly numbers: WordNumbers
  readonly add: Add
}

export async function readCorpus(
  { name = 'the text', pieces }: TextSource,
  { order, isOwn, numbers, add }: CorpusOptions,
): Promise<Corpus> {
  const window = new Window(order, add)
  let line = 0
  for await (const piece of pieces()) {
    if (isOwn) readText(piece, numbers, window)
    else line = readReady(piece, numbers, { window, line, name })
  }
  window.end()
  const { tokens, sentences } = window
  return { tokens, sentences }
}

let tokens: TokenBlock | undefined

function readText(text: string, numbers: WordNumbers, window: Window): void {
  const block = (tokens ??= tokenBlock())
  for (let from = 0; from < text.length;) {
    from = readTokens(text, from, block)
    for (let i = 0; i < block.count; i++) {
      const token = block.hashes[i] as number
      if (block.kinds[i] === LINE) window.end()
      else window.push(numbers.of(token, token))
    }
  }
}

const MARKERS: readonly string[] = ['<s>', '</s>', '<unk>']

interface Reading {
  readonly window: Window
  readonly line: number
  readonly name: string
}

function readReady(text: string, numbers: WordNumbers, { window, line, name }: Reading): number {
  let number = line
  for (let i = 0; i < text.length;) {
    if (isBlank(text.charCodeAt(i))) {
      if (text.charCodeAt(i++) === 0x0a) {
        number++
        window.end()
      }
      continue
    }
    const from = i
    while (i < text.length && !isBlank(text.charCodeAt(i))) i++
    if (text.charCodeAt(from) === 0x3c && MARKERS.includes(text.slice(from, i))) {
      throw new BadText(
        `${name}: line ${number + 1}: found ${text.slice(from, i)}, expected words alone: the trainer puts the ends of sentences itself`,
      )
    }
    window.push(numbers.of(wordHash(text, from, i), wordCheck(text, from, i)))
  }
  return number
}
