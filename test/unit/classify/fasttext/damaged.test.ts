/** What is no model in full: each field cut, each count changed, foreign files. Refused by field and offset, never a score. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadFastText, predict } from '../../../../functions/classify/fasttext/fasttext.ts'
import { NotFinite } from '../../../../functions/classify/fasttext/output.ts'
import { DamagedModel } from '../../../../functions/kernel/model-file.ts'
import { writeFastText } from '../../../support/fasttext-writer.ts'
import type { ModelSpec, WrittenModel } from '../../../support/fasttext-writer.ts'
import { randomFrom, specOf } from './specs.ts'

const load = (spec: ModelSpec): unknown => loadFastText(writeFastText(spec).bytes)

/** Every kind of field is in one of them. */
const KINDS: readonly (readonly [string, WrittenModel])[] = [
  ['dense', writeFastText(specOf())],
  ['quantised', writeFastText(specOf({ quantised: { hasNorms: true, output: true }, prunedEvery: 5, loss: 1 }))],
]

function fieldOf({ fields }: WrittenModel, name: string): number {
  const field = fields.find((one) => one.name === name)
  if (field === undefined) throw new Error(`the writer has no field ${name}`)
  return field.at
}

/** The file with the number at a field replaced. */
function changed(written: WrittenModel, name: string, bytes: readonly number[]): Uint8Array {
  const copy = written.bytes.slice()
  copy.set(bytes, fieldOf(written, name))
  return copy
}

const i32 = (value: number): number[] => [...new Uint8Array(Int32Array.of(value).buffer)]
const i64 = (value: bigint): number[] => [...new Uint8Array(BigInt64Array.of(value).buffer)]

describe.each(KINDS)('a %s model', (_, written) => {
  const { bytes, fields } = written

  it('is refused wherever it is cut, with the place', () => {
    for (let length = 0; length < bytes.length; length++) {
      let message = ''
      try {
        loadFastText(bytes.subarray(0, length))
      } catch (error) {
        expect(error).toBeInstanceOf(DamagedModel)
        message = error instanceof Error ? error.message : ''
      }
      const at = Number(/^fastText model: field .* at byte (\d+): /.exec(message)?.[1])
      expect(at, `cut at ${length}: ${message}`).toBeLessThanOrEqual(length)
    }
  })

  it.each(fields.map(({ name, at }) => [name, at] as const))('cut before %s names a field up to there', (_name, at) => {
    expect(() => loadFastText(bytes.subarray(0, at))).toThrow(/cut short/)
  })

  it.each(fields.map(({ name, at, size }) => [name, at, size] as const))('cut within %s too', (_name, at, size) => {
    expect(() => loadFastText(bytes.subarray(0, at + size - 1))).toThrow(/cut short/)
  })

  it('is refused with bytes behind it', () => {
    const longer = new Uint8Array(bytes.length + 3)
    longer.set(bytes)
    expect(() => loadFastText(longer)).toThrow(`field end at byte ${bytes.length}: 3 bytes follow the last field`)
  })

  it('with any byte changed is refused by name, or predicts numbers', () => {
    const random = randomFrom(3)
    let refused = 0
    for (let at = 0; at < bytes.length; at += at < 600 ? 1 : 7) {
      const copy = bytes.slice()
      copy[at] = (copy[at] ?? 0) ^ (1 + Math.floor((random() + 0.5) * 255))
      try {
        for (const { probability } of predict(loadFastText(copy), 'the rain 雨 unknown café', { k: 9 })) {
          expect(probability).toBeGreaterThan(0)
          expect(probability).toBeLessThan(1.0001)
        }
      } catch (error) {
        expect(error instanceof DamagedModel || error instanceof NotFinite, `byte ${at}: ${String(error)}`).toBe(true)
        refused++
      }
    }
    expect(refused).toBeGreaterThan(100)
  })
})

describe('a count that is wrong', () => {
  const [[, dense], [, coded]] = KINDS as [(typeof KINDS)[0], (typeof KINDS)[0]]

  it.each<[string, WrittenModel, string, number[], RegExp]>([
    ['another version', dense, 'version', i32(13), /found 13, expected 11 or 12: a newer fastText/],
    ['an old version', dense, 'version', i32(10), /found 10, expected 11 or 12: an old fastText wrote it/],
    ['no dimension', dense, 'dim', i32(0), /found 0, expected 1 to 65536/],
    ['an absurd dimension', dense, 'dim', i32(2 ** 30), /found 1073741824, expected 1 to 65536/],
    ['runs of too many words', dense, 'wordNgrams', i32(256), /found 256, expected 0 to 255/],
    ['no such loss', dense, 'loss', i32(5), /found 5, expected 1 to 4/],
    ['no such model', dense, 'model', i32(0), /found 0, expected 1 to 3/],
    ['a bucket below 0', dense, 'bucket', i32(-1), /found -1, expected 0 to 2147483647/],
    ['no bucket for its runs', dense, 'bucket', i32(0), /found 0, expected rows for wordNgrams 2 and maxn 4/],
    ['runs of too many characters', dense, 'maxn', i32(999), /found 999, expected 0 to 255/],
    ['too few entries', dense, 'entries', i32(14), /found 14, expected 10 words \+ 5 labels/],
    ['absurdly many entries', dense, 'entries', i32(2 ** 28), /expected 268435456|found 268435456/],
    ['too many words', dense, 'words', i32(16), /found 16, expected 0 to 15: words are some of the entries/],
    ['no label', dense, 'labels', i32(0), /found 0, expected 1 or more: a model that was never trained/],
    ['tokens below 0', dense, 'tokens', i64(-1n), /found -1, expected 0 to/],
    ['more pruned than buckets', coded, 'pruned index', i64(62n), /found 62, expected -1 to 61/],
    ['a pruned index of 2^62', coded, 'pruned index', i64(2n ** 62n), /expected -1 to 61/],
    ['a count below 0', dense, 'count of word 3', i64(-5n), /found -5, expected 0 to/],
    ['a count of 10^15', dense, 'count of label 1', i64(10n ** 15n), /expected 0 to 999999999999999/],
    ['a label among words', dense, 'type of word 2', [1], /found 1 \(label\), expected 0 \(word\)/],
    ['a word among labels', dense, 'type of label 0', [0], /found 0 \(word\), expected 1 \(label\)/],
    ['no such type', dense, 'type of label 0', [2], /found 2, expected 0 to 1/],
    ['an empty word', dense, 'word 0', [0], /is empty, expected a byte or more/],
    ['a label that is not UTF-8', dense, 'label 0', [0xff], /is not UTF-8/],
    ['a bucket beyond', coded, 'bucket 1 of the pruned index', i32(61), /found 61, expected 0 to 60/],
    ['a bucket twice', coded, 'bucket 1 of the pruned index', i32(55), /found 55 a second time/],
    ['a row beyond', coded, 'row 1 of the pruned index', i32(12), /found 12, expected 0 to 11/],
    ['no such flag', dense, 'quantised', [7], /found 7, expected 0 to 1/],
    ['a pruned model that is not quantised', coded, 'quantised', [0], /found 0, expected 1 for a model with 12 pruned/],
    ['rows that lack', dense, 'rows of the input matrix', i64(70n), /found 70, expected 71/],
    ['rows of 2^40', dense, 'rows of the input matrix', i64(2n ** 40n), /found 1099511627776, expected 71/],
    ['columns beside dim', dense, 'columns of the input matrix', i64(6n), /found 6, expected 5/],
    ['output rows beside labels', dense, 'rows of the output matrix', i64(6n), /found 6, expected 5/],
    ['too few codes', coded, 'number of codes of the input matrix', i32(65), /at byte \d+: found/],
    ['negative codes', coded, 'number of codes of the input matrix', i32(-3), /found -3, expected 22 to 110/],
    ['no group', coded, 'groups of the input quantiser', i32(0), /found 0, expected 1 to 5/],
    [
      'groups that do not fit',
      coded,
      'groups of the input quantiser',
      i32(4),
      /found 4, expected 3 for 5 columns by 2/,
    ],
    ['a width of 0', coded, 'width of a group of the input quantiser', i32(0), /found 0, expected 1 to 5/],
    ['another last width', coded, 'width of the last group of the input quantiser', i32(2), /found 2, expected 1/],
    ['norms of two columns', coded, 'columns of the input norm quantiser', i32(2), /found 2, expected 1/],
  ])('%s', (_, written, field, bytes, message) => {
    const copy = changed(written, field, bytes)
    expect(() => loadFastText(copy)).toThrow(DamagedModel)
    expect(() => loadFastText(copy)).toThrow(message)
    expect(() => loadFastText(copy)).toThrow(/^fastText model: field .+ at byte \d+: /)
  })

  it('names the field and its offset', () => {
    const at = fieldOf(dense, 'rows of the input matrix')
    const copy = changed(dense, 'rows of the input matrix', i64(70n))
    expect(() => loadFastText(copy)).toThrow(`field rows of the input matrix at byte ${at}: found 70, expected 71`)
  })

  it('of entries that no such file can have asks for no memory', () => {
    const copy = changed(dense, 'entries', i32(2 ** 28))
    copy.set(i32(2 ** 28 - 5), fieldOf(dense, 'words'))
    expect(() => loadFastText(copy, { maxBytes: Infinity })).toThrow(
      /says 268435456 entries .* which take 2952790016 bytes/,
    )
  })
})

describe('what is another kind of file', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /field magic at byte 0: needs 4 bytes, the file has 0 left/],
    [
      'cbow',
      writeFastText({ ...specOf(), model: 1 }).bytes,
      /found 1 \(cbow\), expected 3 \(supervised\): word vectors/,
    ],
    ['skipgram', writeFastText({ ...specOf(), model: 2 }).bytes, /found 2 \(skipgram\)/],
    ['a file before magics', writeFastText({ ...specOf(), magic: 100 }).bytes, /found 100, .* fastText of 2016/],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /it is a gzip file: decompress it first/],
    ['zip', Uint8Array.of(0x50, 0x4b, 3, 4, 0), /it is a zip archive/],
    ['a page', new TextEncoder().encode('<!doctype html>'), /it is HTML or XML/],
    ['.vec', new TextEncoder().encode('2000000 300\nthe 0.1 0.2\n'), /it is text, such as the \.vec/],
    ['a pointer of LFS', new TextEncoder().encode('version https://git-lfs'), /Git LFS/],
    ['our own', new Uint8Array(readFileSync(path.join('models', 'topic', 'en.bin'))), /a topic model of Millrace/],
  ])('%s', (_, bytes, message) => {
    expect(() => loadFastText(bytes)).toThrow(DamagedModel)
    expect(() => loadFastText(bytes)).toThrow(message)
  })

  it('weights that are no numbers are refused when they are met', () => {
    const spec = specOf()
    for (const bad of [Number.NaN, Infinity]) {
      const output = { kind: 'dense' as const, numbers: Array.from({ length: 5 }, () => [1, bad, 1, 1, 1]) }
      for (const loss of [1, 2, 3, 4]) {
        const model = loadFastText(writeFastText({ ...spec, loss, output }).bytes)
        expect(() => predict(model, 'the rain')).toThrow(NotFinite)
        expect(() => predict(model, 'the rain')).toThrow(/expected a finite number: the file is damaged within/)
      }
    }
  })

  it('a good one is not', () => expect(() => load(specOf())).not.toThrow())
})
