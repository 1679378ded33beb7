/**
 * Topic shares of the next round from what the run learned in this one (arXiv 2407.18743, the mixture update by topic
 * perplexity; the paper publishes the form and not its constants, which are the recipe's `feedback`). Per language:
 *
 *   delta = change of the topic's mean NLL / the largest such change of the language, in absolute value
 *   f = 1 + alpha * delta * w, clamped         r = r * f / sum of r * f
 *
 * so a topic that got worse gets more. Departures, all ours: NLL in place of perplexity (long tails do not rule); a
 * change below its own standard error over documents counts as 0; a topic with fewer than two documents keeps its
 * share and is named; then r is projected onto the simplex with no share more than `maxChange` from the last and none
 * below min(floor, its last share). Topics without a share stay without. Every term is kept in the table of moves.
 */
import type { TopicMove } from '../../schema/manifest.ts'
import type { Feedback } from '../../schema/recipe.ts'
import type { Report, TopicReport } from '../../schema/report.ts'
import type { TopicShares } from './mix.ts'
import { project } from './simplex.ts'

export interface Reports {
  readonly before: Pick<Report, 'topics'>
  readonly after: Pick<Report, 'topics'>
}

export interface NextTopics {
  readonly topics: TopicShares
  readonly moves: readonly TopicMove[]
}

const mean = (report: TopicReport | undefined): number | null =>
  report === undefined || report.tokens === 0 ? null : report.nllSum / report.tokens

/** Standard error of the mean change of a document, null below two documents. */
export function standardError(change: TopicReport['change']): number | null {
  if (change === null || change.docs < 2) return null
  const { docs, sum, sumSq } = change
  // Rounding can bring the sum of squares below its least value when all changes are equal.
  const variance = Math.max(0, sumSq - (sum * sum) / docs) / (docs - 1)
  return Math.sqrt(variance / docs)
}

interface Draft extends Omit<TopicMove, 'delta' | 'factor' | 'new'> {
  /** Change of the mean NLL that counts; 0 where it does not. */
  readonly change: number
}

function draft(lang: string, topic: string, old: number, { before, after }: Reports): Draft {
  const find = ({ topics }: Pick<Report, 'topics'>): TopicReport | undefined =>
    topics.find((report) => report.lang === lang && report.topic === topic)
  const [was, is] = [mean(find(before)), mean(find(after))]
  const reported = find(after)?.change ?? null
  const se = standardError(reported)
  const known = { lang, topic, before: was, after: is, se, old }
  if (old === 0) return { ...known, change: 0, why: 'no-share' }
  if (was === null || is === null || reported === null) return { ...known, change: 0, why: 'not-reported' }
  if (se === null) return { ...known, change: 0, why: 'too-few-documents' }
  const change = is - was
  return Math.abs(change) < se ? { ...known, change: 0, why: 'within-noise' } : { ...known, change, why: 'moved' }
}

const isFree = ({ why }: Draft): boolean => why === 'moved' || why === 'within-noise'

function moveLanguage(drafts: readonly Draft[], feedback: Feedback): TopicMove[] {
  const { alpha, topicWeights, maxChange, floor } = feedback
  const [least, most] = feedback.clamp
  const largest = Math.max(0, ...drafts.map(({ change }) => Math.abs(change)))
  const terms = drafts.map((one) => {
    const delta = largest === 0 ? 0 : one.change / largest
    const factor = Math.min(most, Math.max(least, 1 + alpha * delta * (topicWeights[one.topic] ?? 1)))
    return { ...one, delta, factor: isFree(one) ? factor : 1 }
  })
  const free = terms.filter(isFree)
  // Shares that are kept are outside the simplex: the others share what is left, as they did before.
  const mass = free.reduce((sum, { old }) => sum + old, 0)
  const scaled = free.reduce((sum, { old, factor }) => sum + old * factor, 0)
  const point = free.map(({ old, factor }) => (mass * old * factor) / scaled)
  const shares = project(point, {
    lower: free.map(({ old }) => Math.max(old - maxChange, Math.min(floor, old))),
    upper: free.map(({ old }) => Math.min(1, old + maxChange)),
    total: mass,
  })
  return terms.map((term) => {
    const { lang, topic, before, after, se, delta, factor, old, why } = term
    const moved = shares[free.indexOf(term)] ?? old
    return { lang, topic, before, after, se, delta, factor, old, new: moved, why }
  })
}

/** The shares of each language of `last` after the reports at the start and the end of its round. */
export function nextTopics(last: TopicShares, reports: Reports, feedback: Feedback): NextTopics {
  const moves = Object.entries(last)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([lang, shares]) => {
      const topics = Object.entries(shares).sort(([a], [b]) => (a < b ? -1 : 1))
      return moveLanguage(
        topics.map(([topic, share]) => draft(lang, topic, share, reports)),
        feedback,
      )
    })
  const topics: Record<string, Record<string, number>> = {}
  for (const move of moves) (topics[move.lang] ??= {})[move.topic] = move.new
  return { topics, moves }
}
