/**
 * The one pass over a page: markup → block-level elements and text blocks, as columns. No tree, no strings for tags. The pass itself is
 * a kernel (`functions/kernel/wasm/scan-page.ts`; its plain twin stands in the tests): the page is copied into the kernel's memory,
 * and the columns are looked at where the kernel wrote them. Here is how the memory is laid out, and made anew with more room.
 */
import { instantiate } from '#kernels'
import * as N from '../kernel/wasm/scan-numbers.ts'
import { NUM_COUNTS, type BlockTable } from './block-table.ts'
import type { ElementTable } from './element-table.ts'
import { scanTables } from './scan-tables.ts'
import { ATTRIBUTES, type Tag } from './tag.ts'

/** What metadata is read from: called for `title`, `meta`, `link`, `a`, `time`, `html` and `script` tags that may say something. */
export type MetadataSink = (tagId: number, tag: Tag, contentStart: number, contentEnd: number, html: Uint8Array) => void

export interface Scan {
  readonly elements: ElementTable
  readonly blocks: BlockTable
}

const NO_SINK: MetadataSink = () => undefined
/** The kernel looks at sixteen bytes at once, and at zeros behind the page. */
const PADDING = 64
/** What one huge page needed is not kept for all that follow. */
const KEPT_BYTES = 32 << 20

/** How much there is room for. */
interface Size {
  readonly htmlBytes: number
  readonly blocks: number
  readonly elements: number
  readonly words: number
  readonly notes: number
}
/**
 * Of a page with more, the beginning is read: what decides on blocks takes 500 bytes for each, and a Worker has 128 MB. The largest
 * of 2,118 real pages has a tenth of this.
 */
const MOST = { blocks: 1 << 17, elements: 1 << 20 }
const USUAL: Size = { htmlBytes: 4 << 20, blocks: 1 << 13, elements: 1 << 15, words: 1 << 16, notes: 1 << 14 }

/** Reuses its columns from page to page; what it answers is good until the next call. */
export function createScanner(): (html: Uint8Array, sink?: MetadataSink) => Scan {
  let room: Room | null = null
  return (html, sink = NO_SINK) => {
    const kept: Room | null = room !== null && room.numBytes > KEPT_BYTES ? null : room
    let size = kept?.size ?? USUAL
    if (size.htmlBytes < html.length) size = { ...size, htmlBytes: html.length }
    let current = kept?.size === size ? kept : new Room(size)
    for (let full = current.read(html); full !== 0 && !isAtMost(size, full); full = current.read(html)) {
      size = larger(size, full)
      current = new Room(size)
    }
    room = current
    current.sendNotes(html, sink)
    return current
  }
}

const isAtMost = ({ blocks, elements }: Size, full: number): boolean =>
  ((full & N.FULL_BLOCKS) !== 0 && blocks === MOST.blocks) ||
  ((full & N.FULL_ELEMENTS) !== 0 && elements === MOST.elements)

/** Twice as much of what there was no room for: all attempts together cost no more than two. */
function larger(size: Size, full: number): Size {
  const twice = (value: number, bit: number): number => ((full & bit) === 0 ? value : value * 2)
  return {
    ...size,
    blocks: twice(size.blocks, N.FULL_BLOCKS),
    elements: twice(size.elements, N.FULL_ELEMENTS),
    words: twice(size.words, N.FULL_WORDS),
    notes: twice(size.notes, N.FULL_NOTES),
  }
}

/** A kernel whose memory is laid out for pages up to a size. */
class Room implements Scan {
  readonly size: Size
  readonly numBytes: number
  readonly elements: Filled<ElementTable>
  readonly blocks: Filled<BlockTable>
  private readonly scanPage: (htmlBytes: number) => number
  private readonly slots: Int32Array
  private readonly html: Uint8Array
  private readonly notes: Int32Array

  constructor(size: Size) {
    this.size = size
    const { slots, bytes } = scanTables()
    const { places, numBytes } = layOut(size, bytes.length)
    this.numBytes = numBytes
    const { memory, scanPage } = instantiate(numBytes)
    const { buffer } = memory
    this.scanPage = scanPage
    new Uint8Array(buffer).set(bytes)
    this.slots = new Int32Array(buffer, 0, N.NUM_SLOTS)
    for (const [slot, value] of [...slots, ...places]) this.slots[slot] = value
    this.slots[N.L_MAX_BLOCKS] = size.blocks
    this.slots[N.L_MAX_ELEMENTS] = size.elements
    this.slots[N.L_MAX_WORDS] = size.words
    this.slots[N.L_MAX_NOTES] = size.notes
    const at = (slot: number): number => places.get(slot) ?? 0
    const bytesAt = (slot: number, length: number): Uint8Array => new Uint8Array(buffer, at(slot), length)
    const numbersAt = (slot: number, length: number): Int32Array => new Int32Array(buffer, at(slot), length)
    this.html = bytesAt(N.L_HTML, size.htmlBytes + PADDING)
    this.notes = numbersAt(N.L_NOTES, size.notes)
    this.elements = {
      count: 0,
      tags: bytesAt(N.L_TAG_COLUMN, size.elements),
      parents: numbersAt(N.L_PARENTS, size.elements),
      flags: bytesAt(N.L_FLAGS, size.elements),
      signatures: numbersAt(N.L_SIGNATURES, size.elements),
      wordStarts: numbersAt(N.L_WORD_STARTS, size.elements + 1),
      words: numbersAt(N.L_WORDS, size.words),
    }
    this.blocks = {
      count: 0,
      starts: numbersAt(N.L_STARTS, size.blocks),
      ends: numbersAt(N.L_ENDS, size.blocks),
      elements: numbersAt(N.L_BLOCK_ELEMENTS, size.blocks),
      sources: numbersAt(N.L_SOURCES, size.blocks),
      counts: numbersAt(N.L_COUNTS, size.blocks * NUM_COUNTS),
      text: bytesAt(N.L_TEXT, size.htmlBytes + PADDING),
      length: 0,
    }
  }

  /** Answers 0, or what there is no room for. */
  read(html: Uint8Array): number {
    this.html.set(html)
    this.html.fill(0, html.length, html.length + PADDING)
    const full = this.scanPage(html.length)
    this.elements.count = this.slots[N.L_NUM_ELEMENTS] as number
    this.blocks.count = this.slots[N.L_NUM_BLOCKS] as number
    this.blocks.length = this.slots[N.L_TEXT_LENGTH] as number
    return full
  }

  sendNotes(html: Uint8Array, sink: MetadataSink): void {
    const { notes } = this
    const tag = { has: 0, starts: new Int32Array(ATTRIBUTES.length), ends: new Int32Array(ATTRIBUTES.length) }
    const count = this.slots[N.L_NUM_NOTES] as number
    for (let note = 0, at = 0; note < count; note = at) {
      tag.has = notes[note + 3] as number
      at = note + N.NOTE_HEAD
      for (let bits = tag.has; bits !== 0; bits &= bits - 1) {
        const attribute = 31 - Math.clz32(bits & -bits)
        tag.starts[attribute] = notes[at++] as number
        tag.ends[attribute] = notes[at++] as number
      }
      sink(notes[note] as number, tag, notes[note + 1] as number, notes[note + 2] as number, html)
    }
  }
}

type Filled<T> = { -readonly [K in keyof T]: T[K] }

/** Where each column begins, one after the other from `first` on. */
function layOut(
  { htmlBytes, blocks, elements, words, notes }: Size,
  first: number,
): { places: ReadonlyMap<number, number>; numBytes: number } {
  const places = new Map<number, number>()
  let numBytes = first
  const columns: readonly (readonly [bytes: number, slots: readonly number[]])[] = [
    [4 * blocks, [N.L_STARTS, N.L_ENDS, N.L_BLOCK_ELEMENTS, N.L_SOURCES]],
    [4 * blocks * NUM_COUNTS, [N.L_COUNTS]],
    [elements, [N.L_TAG_COLUMN, N.L_FLAGS]],
    [4 * (elements + 1), [N.L_PARENTS, N.L_SIGNATURES, N.L_WORD_STARTS, N.L_STACK, N.L_BELOW, N.L_BARRIER_BELOW]],
    [4 * words, [N.L_WORDS]],
    [4 * notes, [N.L_NOTES]],
    [htmlBytes + PADDING, [N.L_TEXT, N.L_HTML]],
  ]
  for (const [bytes, slots] of columns)
    for (const slot of slots) {
      places.set(slot, numBytes)
      numBytes += (bytes + 15) & ~15
    }
  return { places, numBytes }
}
