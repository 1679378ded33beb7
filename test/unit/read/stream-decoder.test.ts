import { brotliCompressSync, createBrotliDecompress, createGunzip, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { openDecoder } from '../../../functions/read/stream-decoder.ts'
import { textOf } from './warc-fixture.ts'

const text = 'The mill stands at the brook. '.repeat(40)

it.each([
  ['gzip', () => createGunzip(), new Uint8Array(gzipSync(text))],
  ['Brotli', () => createBrotliDecompress(), new Uint8Array(brotliCompressSync(text))],
])('a stream of %s that ends before its bytes do has an end', async (_, engine, packed) => {
  const decoder = openDecoder(engine())
  const pieces: Uint8Array[] = []
  const padding = new Uint8Array(50_000)
  for (const part of [packed, padding, padding]) pieces.push(...(await decoder.write(part)).pieces)
  pieces.push(...(await decoder.end()))
  decoder.close()
  expect(textOf(Buffer.concat(pieces))).toBe(text)
})
