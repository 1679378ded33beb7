/**
 * A recipe against a corpus: which cells each phase reads, with what weight. Missing sources are settled here (refused
 * by name, or left out and named), and so are topics: proposed by the feedback of the last round, or given by the recipe,
 * or as observed, which is the share of the language's web bytes in the index, read or not, so that what a run has read
 * does not shift it. Names are sorted, so the order of keys in a recipe does not matter.
 */
import type { Note } from '../../schema/manifest.ts'
import { SYNTHETIC, type Curriculum, type Recipe } from '../../schema/recipe.ts'
import type { PlanProblem } from './problem.ts'
import type { QuotaNode } from './quota.ts'
import type { CellSupply } from './supply.ts'

export type TopicShares = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface Leaf {
  readonly cell: string
  readonly weight: number
  /** Weighed by us, from what the corpus holds or the last round's reports, and not by the recipe. */
  readonly observed: boolean
}

export interface SourceMix {
  readonly source: string
  readonly share: number
  readonly leaves: readonly Leaf[]
}

export interface PartMix {
  readonly part: string
  readonly share: number
  readonly curriculum: Curriculum
  readonly sources: readonly SourceMix[]
}

export interface PhaseMix {
  readonly name: string
  readonly share: number
  readonly parts: readonly PartMix[]
}

export interface Mix {
  readonly phases: readonly PhaseMix[]
  readonly topics: TopicShares
  readonly notes: readonly Note[]
}

const byName = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))

export const sourceName = (part: string, source: string): string =>
  part === SYNTHETIC ? SYNTHETIC : `${source}/${part}`

/** Cells of a source inside a part; the synthetic part has those of every language. */
const cellsOf = (cells: ReadonlyMap<string, CellSupply>, part: string, source: string): CellSupply[] =>
  [...cells.values()].filter((cell) => cell.source === source && (part === SYNTHETIC || cell.lang === part))

/** Shares of the bytes of a language's web pages. */
function observedTopics(cells: ReadonlyMap<string, CellSupply>, lang: string): Record<string, number> {
  const own = cellsOf(cells, lang, 'web')
  const bytes = own.reduce((sum, cell) => sum + cell.bytes, 0)
  return Object.fromEntries(own.map((cell) => [cell.topic, cell.bytes / bytes]))
}

export function resolveMix(
  recipe: Recipe,
  cells: ReadonlyMap<string, CellSupply>,
  proposed: TopicShares = {},
): Mix | PlanProblem {
  const missing = new Set<string>()
  const topics: Record<string, Readonly<Record<string, number>>> = {}
  const given = recipe.topics === 'observed' ? {} : recipe.topics

  const leavesOf = (part: string, source: string): Leaf[] => {
    const own = cellsOf(cells, part, source)
    if (source !== 'web') return own.map(({ cell, bytes }) => ({ cell, weight: bytes, observed: true }))
    const shares = proposed[part] ?? given[part] ?? observedTopics(cells, part)
    topics[part] = shares
    const observed = shares !== given[part]
    return byName(shares).map(([topic, weight]) => ({ cell: `web/${part}/${topic}`, weight, observed }))
  }

  const phases: PhaseMix[] = []
  for (const { name, share, mix } of recipe.phases) {
    const parts: PartMix[] = []
    for (const [part, { share: partShare, sources: wanted, curriculum }] of byName(mix)) {
      if (partShare === 0) continue
      const sources: SourceMix[] = []
      for (const [source, sourceShare] of byName(wanted)) {
        if (sourceShare === 0) continue
        if (cellsOf(cells, part, source).length === 0) missing.add(sourceName(part, source))
        else sources.push({ source, share: sourceShare, leaves: leavesOf(part, source).filter((l) => l.weight > 0) })
      }
      if (sources.length > 0) parts.push({ part, share: partShare, curriculum, sources })
    }
    if (share > 0) phases.push({ name, share, parts })
  }

  const names = [...missing].sort()
  const empty = phases.filter(({ parts }) => parts.length === 0).map(({ name }) => name)
  if (names.length > 0 && (recipe.missingSources === 'fail' || empty.length > 0)) {
    const detail =
      empty.length > 0
        ? `The corpus has no document of any source that phase ${empty.join(', ')} reads: ${names.join(', ')}.`
        : `The recipe reads sources of which the corpus has no document: ${names.join(', ')}. ` +
          'Bring them, or choose missingSources renormalise to share their tokens among the others.'
    return { problem: 'missing-sources', detail, sources: names }
  }
  const notes: Note[] = names.map((name) => ({
    code: 'source-missing',
    detail: `The corpus has no document of ${name}; its share went to the others.`,
  }))
  return { phases, topics, notes }
}

/** A phase as the hierarchy that quotas are split over, without the leaves that `leavesOut` names. */
export function quotaNodes(phase: PhaseMix, leavesOut: (cell: string) => boolean): QuotaNode[] {
  return phase.parts.flatMap(({ share, sources }) => {
    const children = sources.flatMap(({ share: weight, leaves }) => {
      const kept = leaves.filter(({ cell }) => !leavesOut(cell))
      return kept.length === 0 ? [] : [{ weight, children: kept }]
    })
    return children.length === 0 ? [] : [{ weight: share, children }]
  })
}
