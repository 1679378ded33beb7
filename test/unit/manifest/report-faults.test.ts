import { describe, expect, it } from 'vitest'
import { reportFaults } from '../../../functions/manifest/report-faults.ts'
import { Report } from '../../../schema/report.ts'

const hash = 'a'.repeat(64)
const file = (cell: string, take: number) => ({
  shard: `holdout/${cell}/x.parquet`,
  sha256: hash,
  cell,
  rows: 90,
  take,
})
const head = {
  round: 2,
  holdout: {
    version: '1',
    files: [file('web/en/law-policy', 3), file('web/en/law-policy', 4), file('book/zh/all', 5)],
  },
  phases: [{ name: 'one', tokens: 1000, quotas: [{ cell: 'web/en/law-policy', tokens: 1000 }] }],
}
const shards = [{ shard: 'shards/a.parquet', rows: 10 }]

const topic = { lang: 'en', topic: 'law-policy', nllSum: 30, tokens: 10, bytes: 40, docs: 7, change: null }
const cell = { phase: 'one', cell: 'web/en/law-policy', quota: 1000, tokens: 990, bytes: 4000, rows: 9 }
const unread = { shard: 'shards/a.parquet', rowStart: 9, rowEnd: 10 }

const report = (other: Partial<Record<keyof Report, unknown>> = {}): Report =>
  Report.parse({
    format: 'millrace-report/1',
    run: 'r',
    round: 2,
    kind: 'after',
    step: 1,
    tokens: 1000,
    manifest: hash,
    plan: hash,
    tokenizer: hash,
    holdout: '1',
    checkpoint: null,
    engine: 'test',
    worldSize: 1,
    topics: [topic, { ...topic, lang: 'zh', topic: 'book', docs: 5, change: { docs: 5, sum: -1, sumSq: 1 } }],
    cells: [cell],
    unread: [unread],
    ...other,
  })

const pointers = (other: Parameters<typeof report>[0]): string[] =>
  reportFaults(report(other), { head, shards }).map(({ pointer }) => pointer)

describe('a report beside its manifest', () => {
  it('passes with what the manifest has', () => {
    expect(pointers({})).toEqual([])
    expect(pointers({ topics: [], cells: [], unread: [] })).toEqual([])
  })

  it.each<[string, Parameters<typeof report>[0], string[]]>([
    ['another round', { round: 1 }, ['/round']],
    ['a topic that is not held out', { topics: [topic, { ...topic, topic: 'cooking' }] }, ['/topics/1']],
    ['a topic of another language', { topics: [{ ...topic, lang: 'zh' }] }, ['/topics/0']],
    ['a source as the topic of a web page', { topics: [{ ...topic, lang: 'zh', topic: 'all' }] }, ['/topics/0']],
    ['a topic twice', { topics: [topic, topic] }, ['/topics/1']],
    ['more documents than are evaluated', { topics: [{ ...topic, docs: 8 }] }, ['/topics/0']],
    ['tokens of no document', { topics: [{ ...topic, docs: 0 }] }, ['/topics/0']],
    [
      'a change of more documents than there are',
      { topics: [{ ...topic, docs: 2, change: { docs: 3, sum: 0, sumSq: 0 } }] },
      ['/topics/0'],
    ],
    ['a cell without a quota', { cells: [{ ...cell, cell: 'web/zh/other' }] }, ['/cells/0']],
    ['a phase that is not there', { cells: [{ ...cell, phase: 'two' }] }, ['/cells/0']],
    ['a cell twice', { cells: [cell, cell] }, ['/cells/1']],
    ['another quota', { cells: [{ ...cell, quota: 999 }] }, ['/cells/0']],
    ['more tokens than the quota', { cells: [{ ...cell, tokens: 1001 }] }, ['/cells/0']],
    ['a shard that is not there', { unread: [{ ...unread, shard: 'shards/b.parquet' }] }, ['/unread/0']],
    ['rows behind the end', { unread: [unread, { ...unread, rowEnd: 11 }] }, ['/unread/1']],
    ['rows that end before they begin', { unread: [{ ...unread, rowStart: 10 }] }, ['/unread/0']],
  ])('is refused with %s', (_, other, expected) => {
    expect(pointers(other)).toEqual(expected)
  })
})

describe('a report', () => {
  it.each([
    ['a sum below nothing', { topics: [{ ...topic, nllSum: -1 }] }],
    ['a sum that is no number', { topics: [{ ...topic, nllSum: JSON.parse('1e999') as number }] }],
    ['a sum of squares below nothing', { topics: [{ ...topic, change: { docs: 2, sum: 0, sumSq: -1 } }] }],
    ['half a document', { topics: [{ ...topic, docs: 0.5 }] }],
    ['a name that nobody reads', { topics: [{ ...topic, nll: 3 }] }],
  ])('cannot have %s', (_, other) => {
    expect(() => report(other)).toThrow(/topics/)
  })
})
