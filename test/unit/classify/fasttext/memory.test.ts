/** The matrices stay where the file has them; what is held is counted and limited. */
import { describe, expect, it } from 'vitest'
import {
  loadFastText,
  ModelTooLarge,
  predict,
  WORKER_MODEL_BYTES,
} from '../../../../functions/classify/fasttext/fasttext.ts'
import { writeFastText } from '../../../support/fasttext-writer.ts'
import { specOf } from './specs.ts'

const TEXT = 'the rain 雨 unknown café'
const { bytes, fields } = writeFastText(specOf({ bucket: 2000 }))
const numbersAt = fields.find(({ name }) => name === 'numbers of the input matrix')?.at ?? 0
const wanted = predict(loadFastText(bytes), TEXT, { k: 5 })
/** Input and output: both askew alike, a whole row of floats and the head between them being 4 k + 1. */
const sizes = fields.filter(({ name }) => name.startsWith('numbers of')).map(({ size }) => size)

/** The file somewhere in a larger buffer, the input matrix `askew` bytes behind a multiple of four. */
function placed(askew: number): { whole: Uint8Array; file: Uint8Array } {
  const from = 8 + ((((askew - numbersAt) % 4) + 4) % 4)
  const whole = new Uint8Array(bytes.length + 16).fill(0xaa)
  whole.set(bytes, from)
  return { whole, file: whole.subarray(from, from + bytes.length) }
}

describe('the file in memory', () => {
  it.each([0, 1, 2, 3])('%i bytes askew: the same predictions, in place and not', (askew) => {
    const { file } = placed(askew)
    expect(predict(loadFastText(file), TEXT, { k: 5 })).toEqual(wanted)
    expect(file).toEqual(bytes)
    const owned = placed(askew)
    const model = loadFastText(owned.file, { inPlace: true })
    expect(predict(model, TEXT, { k: 5 })).toEqual(wanted)
    // What stands around the file is not the model's.
    const at = owned.file.byteOffset
    expect(new Set(owned.whole.subarray(0, at))).toEqual(new Set([0xaa]))
    expect(new Set(owned.whole.subarray(at + bytes.length))).toEqual(new Set([0xaa]))
  })

  it('is copied only where it lies askew and is not the model’s own', () => {
    const held = (askew: number, inPlace: boolean): number => loadFastText(placed(askew).file, { inPlace }).heldBytes
    const tables = held(0, true) - bytes.length
    expect(tables).toBeLessThan(4096)
    expect(sizes).toHaveLength(2)
    expect([0, 1, 2, 3].map((askew) => held(askew, true))).toEqual(Array.from({ length: 4 }, () => held(0, true)))
    // The output matrix follows a byte and two counts later: it is askew where the input is not.
    const [input = 0, output = 0] = sizes
    expect([0, 1, 2, 3].map((askew) => held(askew, false) - held(0, true))).toEqual([
      output,
      input + output,
      input + output,
      input,
    ])
  })

  it('does not change with what it has met', () => {
    const model = loadFastText(writeFastText(specOf({ quantised: {} })).bytes)
    const first = predict(model, TEXT, { k: 5 })
    for (let i = 0; i < 200; i++) predict(model, `${TEXT} ${i} the the 雨`.repeat(20), { k: 5 })
    expect(predict(model, TEXT, { k: 5 })).toEqual(first)
  })
})

describe('the limit', () => {
  it('is a Worker’s unless it is said', () => {
    const large = new Uint8Array(WORKER_MODEL_BYTES + 2 ** 20)
    large.set(bytes)
    expect(() => loadFastText(large)).toThrow(ModelTooLarge)
    expect(() => loadFastText(large)).toThrow(
      'fastText model: takes at least 57.0 MiB in memory (the file 57.0 MiB), expected at most 56.0 MiB',
    )
    expect(() => loadFastText(large, { maxBytes: Infinity })).toThrow(/field end/)
  })

  it('counts file, tables and copies', () => {
    const { heldBytes } = loadFastText(placed(1).file)
    expect(() => loadFastText(placed(1).file, { maxBytes: heldBytes })).not.toThrow()
    expect(() => loadFastText(placed(1).file, { maxBytes: heldBytes - 1 })).toThrow(ModelTooLarge)
    expect(() => loadFastText(placed(1).file, { maxBytes: bytes.length + 8 })).toThrow(ModelTooLarge)
    expect(() => loadFastText(placed(1).file, { maxBytes: heldBytes - 1, inPlace: true })).not.toThrow()
  })
})
