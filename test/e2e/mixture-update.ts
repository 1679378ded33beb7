/**
 * The mixture update as the design states it, worked out the plain way: a slow, separate reading of the same formula,
 * with the projection found by bisection, to hold against what the planner did.
 */
import type { ManifestHead } from '../../schema/manifest.ts'
import type { Report, TopicReport } from '../../schema/report.ts'

type Shares = Readonly<Record<string, number>>

const topicOf = ({ topics }: Report, lang: string, topic: string): TopicReport | undefined =>
  topics.find((one) => one.lang === lang && one.topic === topic)

/** Change of the mean loss; 0 inside its standard error over documents; null where the share is to stay as it is. */
function changeOf(before: TopicReport | undefined, after: TopicReport | undefined): number | null {
  if (before === undefined || after === undefined || after.change === null || after.change.docs < 2) return null
  const { docs, sum, sumSq } = after.change
  const mean = sum / docs
  const variance = (sumSq / docs - mean * mean) * (docs / (docs - 1))
  const error = Math.sqrt(Math.max(0, variance) / docs)
  const change = after.nllSum / after.tokens - before.nllSum / before.tokens
  return Math.abs(change) < error ? 0 : change
}

export function updatedShares(
  last: Shares,
  { lang, before, after }: { readonly lang: string; readonly before: Report; readonly after: Report },
  { alpha, topicWeights, clamp, maxChange, floor }: ManifestHead['recipe']['feedback'],
): Record<string, number> {
  const changes = new Map<string, number>()
  for (const [topic, share] of Object.entries(last)) {
    const change = changeOf(topicOf(before, lang, topic), topicOf(after, lang, topic))
    if (change !== null && share > 0) changes.set(topic, change)
  }
  const largest = Math.max(0, ...[...changes.values()].map((change) => Math.abs(change)))
  const free = [...changes].map(([topic, change]) => {
    const old = last[topic] ?? 0
    const factor = largest === 0 ? 1 : 1 + (alpha * change * (topicWeights[topic] ?? 1)) / largest
    return { topic, old, raw: old * Math.min(clamp[1], Math.max(clamp[0], factor)) }
  })
  // What keeps its share keeps it; the others share the rest.
  const mass = free.reduce((sum, { old }) => sum + old, 0)
  const scale = mass / free.reduce((sum, { raw }) => sum + raw, 0)
  const at = (shift: number): [string, number][] =>
    free.map(({ topic, old, raw }) => {
      const least = Math.max(old - maxChange, Math.min(floor, old))
      return [topic, Math.min(old + maxChange, 1, Math.max(least, raw * scale - shift))]
    })
  let [low, high] = [-2, 2]
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2
    if (at(middle).reduce((sum, [, share]) => sum + share, 0) > mass) low = middle
    else high = middle
  }
  return { ...last, ...Object.fromEntries(at((low + high) / 2)) }
}
