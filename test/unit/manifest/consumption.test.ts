import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consumedBy, mergeRanges, type ReadRange } from '../../../functions/manifest/consumption.ts'
import type { Manifest } from '../../../functions/manifest/serialise.ts'
import { correctedTable } from '../../../functions/manifest/token-table.ts'
import type { Report } from '../../../schema/report.ts'
import { tokenTable } from '../../support/index-lines.ts'
import { corpus, planned, recipeOf } from '../../support/plan.ts'

const range = fc
  .record({
    shard: fc.constantFrom('a', 'b'),
    rowStart: fc.integer({ min: 0, max: 30 }),
    rows: fc.integer({ min: 1, max: 12 }),
    times: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ shard, rowStart, rows, times }): ReadRange => ({ shard, rowStart, rowEnd: rowStart + rows, times }))

/** How often each row is covered, one at a time. */
function countRows(ranges: readonly ReadRange[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { shard, rowStart, rowEnd, times = 1 } of ranges) {
    for (let row = rowStart; row < rowEnd; row++)
      counts.set(`${shard}:${row}`, (counts.get(`${shard}:${row}`) ?? 0) + times)
  }
  return new Map([...counts].filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1)))
}

describe('mergeRanges', () => {
  it('covers each row as often as before, by ranges that do not touch with one count', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
        const merged = mergeRanges(ranges)
        expect(countRows(merged)).toEqual(countRows(ranges))
        for (const [i, one] of merged.entries()) {
          const next = merged[i + 1]
          if (next === undefined || next.shard !== one.shard) continue
          expect(next.rowStart).toBeGreaterThanOrEqual(one.rowEnd)
          if (next.rowStart === one.rowEnd) expect(next.times).not.toBe(one.times)
        }
        expect(mergeRanges([...ranges].reverse())).toEqual(merged)
      }),
    )
  })
})

describe('consumedBy', () => {
  const manifest = {
    shards: [
      { shard: 'a', sha256: '', rows: 100, bytes: 1 },
      { shard: 'b', sha256: '', rows: 100, bytes: 1 },
    ],
    entries: [
      { position: 0, phase: 'p', cell: 'c', bucket: 1, shard: 1, rowStart: 0, rowEnd: 10, tokens: 1 },
      { position: 1, phase: 'p', cell: 'c', bucket: 1, shard: 0, rowStart: 5, rowEnd: 15, tokens: 1 },
      { position: 2, phase: 'p', cell: 'c', bucket: 1, shard: 1, rowStart: 10, rowEnd: 20, tokens: 1 },
    ],
  }

  it('is every row without a report', () => {
    expect(consumedBy(manifest, null)).toEqual([
      { shard: 'a', rowStart: 5, rowEnd: 15, times: 1 },
      { shard: 'b', rowStart: 0, rowEnd: 20, times: 1 },
    ])
  })

  it('leaves out what the report names as unread', () => {
    const unread = [
      { shard: 'b', rowStart: 12, rowEnd: 20 },
      { shard: 'a', rowStart: 5, rowEnd: 15 },
    ]
    expect(consumedBy(manifest, { unread })).toEqual([{ shard: 'b', rowStart: 0, rowEnd: 12, times: 1 }])
  })

  it('counts a row that was to be read twice and was left once', () => {
    const twice = { ...manifest, entries: [...manifest.entries, ...manifest.entries] }
    const read = consumedBy(twice, { unread: [{ shard: 'a', rowStart: 10, rowEnd: 15 }] })
    expect(read).toEqual([
      { shard: 'a', rowStart: 5, rowEnd: 10, times: 2 },
      { shard: 'a', rowStart: 10, rowEnd: 15, times: 1 },
      { shard: 'b', rowStart: 0, rowEnd: 20, times: 2 },
    ])
  })
})

describe('rounds of a run', () => {
  const index = corpus({ webRows: 120, rowsPerCut: 3 })
  /** As a runner does: reads every quota to its end and leaves the reserve; the last row that counts is read. */
  const unreadOf = ({ shards, entries }: Manifest): Report['unread'] =>
    entries
      .filter(({ reserve }) => reserve)
      .map(({ shard, rowStart, rowEnd }) => ({ shard: shards[shard]?.shard ?? '', rowStart, rowEnd }))

  it('never share a row, and give back the reserve', () => {
    const rounds: Manifest[] = []
    let consumed: ReadRange[] = []
    for (let round = 1; round <= 3; round++) {
      const plan = planned({ index, consumed, round, parent: rounds.at(-1)?.head.id ?? null })
      rounds.push(plan)
      consumed = mergeRanges([...consumed, ...consumedBy(plan, { unread: unreadOf(plan) })])
    }
    expect(consumed.every(({ times }) => times === 1)).toBe(true)
    const reserve = countRows(unreadOf(rounds[0] as Manifest))
    const second = countRows(consumedBy(rounds[1] as Manifest, null))
    expect([...reserve.keys()].some((row) => second.has(row))).toBe(true)
    expect(rounds[1]?.head.notes.map(({ code }) => code)).toContain('read-before')
  })

  it('never touch a cut of which a row was read', () => {
    const [line] = index.filter(({ cell, holdout }) => cell === 'code/en/all' && holdout !== true)
    const starts = line?.cuts.map(([row]) => row) ?? []
    const cut = starts.findIndex((row, i) => (starts[i + 1] ?? row) - row > 1)
    const [first = 0, second = 0] = starts.slice(cut)
    const consumed = [{ shard: line?.shard ?? '', rowStart: first, rowEnd: first + 1 }]
    const recipe = recipeOf({ takeAtMost: 0.9 })
    const plan = planned({ index, consumed, recipe })
    const read = countRows(consumedBy(plan, null))
    for (let row = first; row < second; row++) expect(read.has(`${line?.shard}:${row}`)).toBe(false)
    expect(plan.head.notes.find(({ code }) => code === 'beside-read')?.detail).toContain(`${second - first - 1} unread`)
  })

  it('say when a run has read from a shard that is not there', () => {
    const plan = planned({ index, consumed: [{ shard: 'gone.parquet', rowStart: 0, rowEnd: 5 }] })
    expect(plan.head.notes.map(({ code }) => code)).toContain('unknown-shards')
  })
})

describe('correctedTable', () => {
  const report = (cell: string, tokens: number, bytes: number): Report =>
    ({
      manifest: 'ab'.repeat(32),
      tokenizer: tokenTable.tokenizer.sha256,
      cells: [{ phase: 'p', cell, quota: tokens, tokens, bytes, rows: 1 }],
    }) as unknown as Report

  it('replaces what reports have enough tokens for', () => {
    const reports = [report('web/zh/other', 50_000, 200_000), report('web/zh/law-policy', 50_000, 150_000)]
    const table = correctedTable(tokenTable, [...reports, report('web/en/other', 100, 900)])
    expect(table.bytesPerToken['zh/web']).toBeCloseTo(3.5, 12)
    expect(table.bytesPerToken['en/web']).toBe(tokenTable.bytesPerToken['en/web'])
    expect(table.id).toBe('test-table+abababab')
    expect(correctedTable(table, reports).id).toBe(table.id)
  })

  it('does not listen to another tokenizer', () => {
    const other = { ...report('web/zh/other', 500_000, 2_000_000), tokenizer: '0'.repeat(64) }
    expect(correctedTable(tokenTable, [other])).toBe(tokenTable)
  })

  it('is the same table when nothing was measured', () => {
    expect(correctedTable(tokenTable, [report('web/en/other', 100, 900)])).toBe(tokenTable)
  })
})
