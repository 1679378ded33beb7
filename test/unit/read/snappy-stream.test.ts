import fc from 'fast-check'
import { snappyUncompress } from 'hyparquet'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import { describe, expect, it } from 'vitest'
import { bytesSource, ByteWindow } from '../../../functions/read/byte-source.ts'
import { decodeSnappy } from '../../../functions/read/snappy-stream.ts'
import { joined } from './warc-fixture.ts'

async function streamed(bytes: Uint8Array, chunkBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of decodeSnappy(new ByteWindow(bytesSource(bytes, chunkBytes), 0), bytes.length))
    pieces.push(piece)
  return joined(...pieces)
}

describe('Snappy in pieces', () => {
  it('gives what it gives at once', async () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 40_000 }))
        .map(([bytes, times]) => new Uint8Array(Array.from({ length: times }, (_, i) => bytes[i % bytes.length] ?? 0))),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 9 }), fc.integer({ min: 1, max: 70_000 }), async (parts, chunk) => {
        const bytes = joined(...parts)
        const packed = new Uint8Array(snappyCompress(bytes))
        const whole = new Uint8Array(bytes.length)
        snappyUncompress(packed, whole)
        expect(whole).toEqual(bytes)
        expect(await streamed(packed, chunk)).toEqual(bytes)
      }),
      { numRuns: 60 },
    )
  })

  it('refuses a copy of what is not there, and a literal cut off', async () => {
    await expect(streamed(Uint8Array.of(4, 0b0000_0101, 9), 10)).rejects.toThrow(/reaches 9 bytes back/)
    await expect(streamed(Uint8Array.of(9, 0b0010_0000, 1, 2), 10)).rejects.toThrow(/ends inside a Snappy literal/)
  })
})
