/**
 * How far two readings of the same texts agree: their share, and Cohen's kappa (Educational and Psychological Measurement 20, 1960):
 * (p − e) / (1 − e), with e the share that two readers who name topics as often as these would agree on by chance.
 */
import type { LabelLine } from './label-lines.ts'

export interface Agreement {
  /** Texts that were read twice. */
  readonly texts: number
  readonly same: number
  /** Texts of the others whose second reading is the second topic of the first. */
  readonly second: number
  /** Null where nothing was read twice, or all of it got one topic from both. */
  readonly kappa: number | null
}

export function agreementOf(labels: Iterable<LabelLine>): Agreement {
  const firsts = new Map<string, number>()
  const agains = new Map<string, number>()
  let texts = 0
  let same = 0
  let second = 0
  for (const label of labels) {
    if (label.again === undefined) continue
    texts++
    if (label.again === label.topic) same++
    else if (label.again === label.second) second++
    firsts.set(label.topic, (firsts.get(label.topic) ?? 0) + 1)
    agains.set(label.again, (agains.get(label.again) ?? 0) + 1)
  }
  const chance = [...firsts].reduce(
    (sum, [topic, count]) => sum + (count / texts) * ((agains.get(topic) ?? 0) / texts),
    0,
  )
  const kappa = texts === 0 || chance === 1 ? null : (same / texts - chance) / (1 - chance)
  return { texts, same, second, kappa }
}
