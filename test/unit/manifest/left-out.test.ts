import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isolate, spanMistake } from '../../../functions/manifest/left-out.ts'
import type { Cut, IndexLine, RowSpan } from '../../../schema/shard.ts'
import { corpus, planned, recipeOf, refused } from '../../support/plan.ts'

/** A shard by its rows: bytes, bucket, whether a cut begins there, whether it is left out. */
const rows = fc.array(
  fc.record({ bytes: fc.integer({ min: 1, max: 50 }), step: fc.nat(2), cut: fc.boolean(), out: fc.boolean() }),
  { minLength: 1, maxLength: 40 },
)

function shardOf(own: readonly { bytes: number; step: number; cut: boolean; out: boolean }[]) {
  const cuts: Cut[] = []
  const spans: RowSpan[] = []
  let bucket = 0
  let before = 0
  for (const [row, { bytes, step, cut, out }] of own.entries()) {
    if (step === 2) bucket += 1
    const last = cuts.at(-1)
    if (last === undefined || cut || step === 2) cuts.push([row, bucket, bytes])
    else last[2] += bytes
    if (out) spans.push([row, before, bytes])
    before += bytes
  }
  return { cuts, spans, rows: own.length }
}

describe('cuts around rows that are left out', () => {
  it('hold the same rows and bytes, each such row by itself', () => {
    fc.assert(
      fc.property(rows, (own) => {
        const shard = shardOf(own)
        const { cuts, isLeftOut } = isolate(shard.cuts, shard)
        expect(spanMistake(shard, shard.spans)).toBeNull()
        const bucketAt = (list: readonly Cut[], row: number) => list.findLast(([first]) => first <= row)?.[1]
        for (const [i, [first, bucket, bytes]] of cuts.entries()) {
          const end = cuts[i + 1]?.[0] ?? own.length
          const inside = own.slice(first, end)
          expect(inside.reduce((sum, row) => sum + row.bytes, 0)).toBe(bytes)
          expect(bucket).toBe(bucketAt(shard.cuts, first))
          expect(inside.some(({ out }) => out)).toBe(isLeftOut[i])
          if (isLeftOut[i]) expect(end - first).toBe(1)
        }
        const starts = cuts.map(([first]) => first)
        expect(shard.cuts.every(([first]) => starts.includes(first))).toBe(true)
      }),
    )
  })

  it.each<[string, RowSpan[]]>([
    ['beyond the shard', [[9, 90, 10]]],
    [
      'twice',
      [
        [1, 10, 10],
        [1, 10, 10],
      ],
    ],
    [
      'with bytes of the row before',
      [
        [0, 0, 20],
        [2, 10, 10],
      ],
    ],
    ['with bytes of another cut', [[1, 35, 10]]],
  ])('are not made for a row that is named %s', (_, spans) => {
    const line = {
      cuts: [
        [0, 1, 30],
        [3, 1, 20],
      ] satisfies Cut[],
      rows: 5,
    }
    expect(spanMistake(line, spans)).toMatch(/^a row to leave out, \d/)
  })
})

/** Rows `row % every === 3` of every shard, or of those of one cell, each a cut of its own in this corpus. */
function marked(lines: readonly IndexLine[], name: 'withdrawn' | 'optOut', { every = 7, cell = '' } = {}): IndexLine[] {
  return lines.map((line) => {
    let before = 0
    const spans = line.cuts.flatMap(([row, , bytes]): RowSpan[] => {
      before += bytes
      return row % every === 3 % every ? [[row, before - bytes, bytes]] : []
    })
    return line.cell.startsWith(cell) ? { ...line, [name]: spans } : line
  })
}

const index = corpus({ rowsPerCut: 1 })
const everything = { takeAtMost: 1, shortfall: 'shrink', select: 'lowest' } as const

describe('a plan over rows that are left out', () => {
  const readRows = (lines: readonly IndexLine[], recipe = recipeOf(everything)) => {
    const { head, shards, entries } = planned({ index: lines, recipe })
    const read = entries.flatMap(({ shard, rowStart, rowEnd }) =>
      Array.from({ length: rowEnd - rowStart }, (_, i) => `${shards[shard]?.shard} ${rowStart + i}`),
    )
    return { head, read: new Set(read) }
  }
  const namesOf = (lines: readonly IndexLine[], name: 'withdrawn' | 'optOut') =>
    lines.flatMap((line) => (line[name] ?? []).map(([row]) => `${line.shard} ${row}`))

  it('reads none that was taken back, and tells how many', () => {
    const lines = marked(index, 'withdrawn')
    const { head, read } = readRows(lines)
    expect(read.size).toBeGreaterThan(300)
    expect(namesOf(lines, 'withdrawn').filter((name) => read.has(name))).toEqual([])
    const expected = lines
      .filter(({ holdout }) => !holdout)
      .reduce((sum, line) => sum + (line.withdrawn?.length ?? 0), 0)
    expect(head.notes.find(({ code }) => code === 'withdrawn')?.detail).toContain(`${expected} rows are left out`)
  })

  it('reads opted-out rows unless the recipe respects opt-outs', () => {
    const lines = marked(index, 'optOut', { every: 4 })
    const without = readRows(lines, recipeOf({ ...everything, respectOptOut: true }))
    expect(namesOf(lines, 'optOut').filter((name) => without.read.has(name))).toEqual([])
    expect(without.head.notes.map(({ code }) => code)).toContain('opt-out')
    const all = readRows(lines)
    expect(namesOf(lines, 'optOut').some((name) => all.read.has(name))).toBe(true)
    expect(all.head.notes.map(({ code }) => code)).not.toContain('opt-out')
  })

  it('evaluates none of them either, and is another hold-out then', () => {
    const plain = planned({ index }).head.holdout
    const { holdout } = planned({ index: marked(index, 'withdrawn') }).head
    expect(holdout.version).not.toBe(plain.version)
    for (const file of holdout.files) {
      expect(file.leftOut).toEqual([3])
      expect(file.take).toBe(file.rows - 1)
    }
  })

  it('is another index by its hash', () => {
    const hashes = [index, marked(index, 'withdrawn'), marked(index, 'optOut')].map(
      (lines) => planned({ index: lines }).head.index.sha256,
    )
    expect([hashes[0] === hashes[1], hashes[0] === hashes[2]]).toEqual([false, true])
  })

  it('is refused with the shard whose line names a row that is not there', () => {
    const [first, ...rest] = index
    if (first === undefined) throw new Error('an empty index')
    const wrong: IndexLine = { ...first, withdrawn: [[first.rows, 0, 1]] }
    expect(refused({ index: [wrong, ...rest] })).toMatchObject({ problem: 'index', shard: first.shard })
  })

  it('does without a cell of which nothing is left', () => {
    const cell = 'web/en/other'
    const gone = marked(index, 'withdrawn', { every: 1, cell }).filter((line) => line.cell !== cell || !line.holdout)
    const { head, read } = readRows(gone)
    expect(head.topics['en']?.['other'] ?? 0).toBe(0)
    expect([...read].filter((name) => name.includes(cell))).toEqual([])
  })
})
