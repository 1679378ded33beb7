/** What the demo prints: the funnel, the cells, the quotas, the loss and the moved topic shares, as small tables. */
import type { ManifestHead } from '../schema/manifest.ts'
import type { BatchProgress } from './push.ts'

export interface CellsView {
  readonly calibration: string
  readonly cells: readonly {
    readonly source: string
    readonly lang: string
    readonly topic: string
    readonly quantile: string | null
    readonly documents: number
    readonly bytes: number
  }[]
}

const figures = (value: number): string => value.toLocaleString('en')

/** Columns as wide as their longest value; numbers to the right. */
function table(rows: readonly (readonly (string | number)[])[]): void {
  const cells = rows.map((row) => row.map((value) => (typeof value === 'number' ? figures(value) : value)))
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  for (const [r, row] of cells.entries()) {
    const line = row.map((text, column) => {
      const width = widths[column] ?? 0
      return typeof rows[r]?.[column] === 'number' ? text.padStart(width) : text.padEnd(width)
    })
    console.log(`   ${line.join('  ').trimEnd()}`)
  }
}

export function showFunnel({ funnel }: BatchProgress): void {
  const { pages, kept, duplicates, nearDuplicates, heldOut, rejected, failed } = funnel
  table([
    ['pages', pages],
    ...Object.entries(rejected).map(([reason, count]) => [`  rejected: ${reason}`, count]),
    ...Object.entries(failed).map(([code, count]) => [`  failed: ${code}`, count]),
    ['  duplicates', duplicates ?? 0],
    ['  near duplicates', nearDuplicates ?? 0],
    ['  held out', heldOut ?? 0],
    ['kept', kept ?? 0],
  ])
}

export function showCells({ cells }: CellsView): void {
  const sums = new Map<string, { documents: number; bytes: number }>()
  for (const { source, lang, topic, documents, bytes } of cells) {
    const name = `${source}/${lang}/${topic}`
    const sum = sums.get(name) ?? { documents: 0, bytes: 0 }
    sums.set(name, { documents: sum.documents + documents, bytes: sum.bytes + bytes })
  }
  console.log('')
  table([['cell', 'documents', 'bytes'], ...[...sums].map(([name, { documents, bytes }]) => [name, documents, bytes])])
}

/** What a run will read: the sum of the quotas. */
export const tokensOf = ({ phases }: ManifestHead): number => phases.reduce((sum, { tokens }) => sum + tokens, 0)

export function showQuotas(head: ManifestHead): void {
  const { id, phases, notes, totals } = head
  console.log(`   manifest ${id.slice(0, 12)}: ${figures(tokensOf(head))} tokens, ${figures(totals.entries)} entries`)
  const parts = (cells: readonly { cell: string; tokens: number }[]): Map<string, number> => {
    const sums = new Map<string, number>()
    for (const { cell, tokens } of cells) {
      const [source = '', lang = ''] = cell.split('/')
      const part = source === 'synthetic' ? 'synthetic' : lang
      sums.set(part, (sums.get(part) ?? 0) + tokens)
    }
    return sums
  }
  table([
    ['phase', 'part', 'tokens', 'share'],
    ...phases.flatMap(({ name, tokens, quotas }) =>
      [...parts(quotas)].map(([part, sum]) => [name, part, sum, `${((100 * sum) / tokens).toFixed(1)} %`]),
    ),
  ])
  for (const { detail } of notes) console.log(`   note: ${detail}`)
}

export function showLoss(losses: readonly { step: number; loss: number }[]): void {
  const fifth = Math.max(1, Math.floor(losses.length / 5))
  const mean = (part: readonly { loss: number }[]): string =>
    (part.reduce((sum, { loss }) => sum + loss, 0) / Math.max(1, part.length)).toFixed(3)
  console.log(
    `   training loss ${mean(losses.slice(0, fifth))} → ${mean(losses.slice(-fifth))} over ${losses.length} steps`,
  )
}

export function showFeedback({ feedback = [] }: ManifestHead): void {
  const fixed = (value: number | null): string => (value === null ? '–' : value.toFixed(3))
  const percent = (value: number): string => `${(100 * value).toFixed(2)} %`
  table([
    ['lang', 'topic', 'NLL before', 'after', 'share before', 'after', ''],
    ...feedback.map((move) => [
      move.lang,
      move.topic,
      fixed(move.before),
      fixed(move.after),
      percent(move.old),
      percent(move.new),
      move.why === 'moved' ? '' : move.why,
    ]),
  ])
}
