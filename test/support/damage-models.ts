/** Files that are no models, and damage to those that are, from a seed. */
import { crc32 } from 'node:zlib'
import { specOf } from '../unit/classify/fasttext/specs.ts'
import { writeFastText } from './fasttext-writer.ts'
import { ngramFile, topicFile, topicsFastText } from './small-models.ts'

export interface Kind {
  readonly name: string
  readonly bytes: Uint8Array
  /** Whether the file ends in the CRC-32 of what is before. */
  readonly isSummed: boolean
}

/** A small file of each kind that there is. */
export const KINDS: readonly Kind[] = [
  { name: 'topic', bytes: topicFile(), isSummed: true },
  { name: 'n-gram', bytes: ngramFile({ order: 2 }), isSummed: true },
  { name: 'n-gram, unquantised', bytes: ngramFile({ bits: 32, slots: 96 }), isSummed: true },
  { name: 'n-gram, ready words', bytes: ngramFile({ isReady: true, order: 1 }), isSummed: true },
  { name: 'fastText .bin', bytes: topicsFastText(), isSummed: false },
  { name: 'fastText .ftz', bytes: topicsFastText({ isQuantised: true }), isSummed: false },
  { name: 'fastText, hierarchical', bytes: writeFastText(specOf({ loss: 1 })).bytes, isSummed: false },
]

const text = (content: string): Uint8Array => new TextEncoder().encode(content)

/** What is taken for a model now and then. */
export const FOREIGN: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['nothing', new Uint8Array()],
  ['one byte', Uint8Array.of(0x4d)],
  ['half a magic', text('MR')],
  ['zeros', new Uint8Array(4096)],
  ['a PNG image', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13)],
  ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)],
  ['zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 4, 0)],
  ['zip', text('PK\u0003\u0004 and more')],
  ['ARPA', text('\\data\\\nngram 1=3\n')],
  ['a binary of KenLM', text('mmap lm http://kheafield.com/code format version 5\n')],
  ['a page of an error', text('<!doctype html><title>502 Bad Gateway</title>')],
  ['a calibration', text('{"id": "cal-1", "borders": {}}')],
  ['a pointer of Git LFS', text('version https://git-lfs.github.com/spec/v1\n')],
  ['vectors', text('2000000 300\nthe 0.1 0.2\n')],
]

/** mulberry32, integers below a limit. */
export function integersFrom(seed: number): (below: number) => number {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** Numbers at which code goes wrong. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 2 ** 24, 2 ** 27, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]
const FLOATS = [NaN, Infinity, -Infinity, 1e38, -1e38, 1e-45, 0, -0, 99.5, -99.5]

/** A copy with one to four harms: bytes, numbers at the edges, floats that are none, stretches that moved, went or came twice. */
export function damaged(bytes: Uint8Array, pick: (below: number) => number): Uint8Array {
  let out: Uint8Array = bytes.slice()
  // Heads are short and decide most.
  const place = (): number => (pick(2) === 0 ? pick(Math.min(80, out.length)) : pick(out.length))
  for (let harms = 1 + pick(4); harms > 0; harms--) {
    const at = place()
    const view = new DataView(out.buffer, out.byteOffset, out.byteLength)
    const isWide = at + 4 <= out.length
    switch (pick(7)) {
      case 0:
        out[at] = pick(256)
        break
      case 1:
        out[at] = (out[at] ?? 0) ^ (1 << pick(8))
        break
      case 2:
        if (isWide) view.setUint32(at, EDGES[pick(EDGES.length)] ?? 0, true)
        break
      case 3:
        if (isWide) view.setFloat32(at, FLOATS[pick(FLOATS.length)] ?? 0, true)
        break
      case 4:
        out.copyWithin(at, pick(out.length), pick(out.length))
        break
      case 5:
        out = Uint8Array.from([...out.subarray(0, at), ...out.subarray(at + 1 + pick(9))])
        break
      default:
        out = Uint8Array.from([...out.subarray(0, at), ...bytes.subarray(0, 1 + pick(9)), ...out.subarray(at)])
    }
    if (out.length === 0) return out
  }
  return out
}

/** The same with a checksum that is right, as a careless or hostile writer would have it: what is behind the checksum must hold. */
export function summed(bytes: Uint8Array): Uint8Array {
  const out = bytes.slice()
  if (out.length >= 4) new DataView(out.buffer).setUint32(out.length - 4, crc32(out.subarray(0, out.length - 4)), true)
  return out
}
