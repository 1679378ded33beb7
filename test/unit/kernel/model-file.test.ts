import { describe, expect, it } from 'vitest'
import { DamagedModel, expectEnd, modelId, readModelFile } from '../../../functions/kernel/model-file.ts'
import { FileWriter } from '../../../models/training/model-writer.ts'

const FORMAT = { magic: 'TEST', version: 3 }
const good = (): Uint8Array => new FileWriter(FORMAT).u8(7).label('mill-race', 12).f32(0.5).u32(9).finish()

function read(bytes: Uint8Array): unknown[] {
  const reader = readModelFile('test model', bytes, FORMAT)
  const fields = [reader.u8('a'), reader.label('b', 12), reader.f32('c'), reader.u32('d')]
  expectEnd(reader, bytes)
  return fields
}

describe('a model file', () => {
  it('gives back what was written', () => expect(read(good())).toEqual([7, 'mill-race', 0.5, 9]))

  it('may lie anywhere in its buffer', () => {
    const place = new Uint8Array(good().length + 3)
    place.set(good(), 3)
    expect(read(place.subarray(3))).toEqual([7, 'mill-race', 0.5, 9])
  })

  it.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
    ['another kind', (b) => b.with(0, 88), /field magic at byte 0: expected TEST, found "XEST"/],
    ['another version', (b) => b.with(4, 9), /field version at byte 4: expected 3, found 9/],
    ['a flipped bit', (b) => b.with(8, 1), /field checksum at byte 27: says [0-9a-f]{8}, the bytes give [0-9a-f]{8}/],
    ['a cut', (b) => b.subarray(0, 20), /field checksum at byte 16/],
    ['bytes behind the end', (b) => Buffer.concat([b, b]), /field checksum at byte 58: .* other bytes follow/],
    ['an empty file', () => new Uint8Array(), /field magic at byte 0: needs 4 bytes/],
    [
      'more fields than expected',
      () => new FileWriter(FORMAT).u8(7).finish(),
      /field b at byte 7: needs 12 bytes, .* 0 left/,
    ],
    [
      'fewer fields than there are',
      () => new FileWriter(FORMAT).u8(7).label('x', 12).f32(1).u32(9).u16(1).finish(),
      /field end at byte 27: 2 bytes follow/,
    ],
    [
      'not a number',
      () => new FileWriter(FORMAT).u8(7).label('x', 12).f32(Number.NaN).u32(9).finish(),
      /field c at byte 19/,
    ],
    [
      'no name',
      () => new FileWriter(FORMAT).u8(7).label('', 12).f32(1).u32(9).finish(),
      /field b at byte 7: expected lower/,
    ],
  ])('refuses %s', (_, damage, message) => {
    const bytes = damage(good())
    expect(() => read(bytes)).toThrow(DamagedModel)
    expect(() => read(bytes)).toThrow(message)
  })

  it('is called by its name and its hash', () => {
    expect(modelId('mill', new Uint8Array())).toBe('mill@e3b0c44298fc')
  })
})
