/**
 * What the next round of a run starts from: the rows that all its rounds have read, less what their reports name as
 * unread, and the round's own reports.
 */
import type { Report } from '../../schema/report.ts'
import { consumedBy, mergeRanges, type ReadRange } from './consumption.ts'
import type { Manifest } from './serialise.ts'

export interface Round {
  readonly manifest: Manifest
  /** The report of the round's end; null when the round has none. */
  readonly after: Report | null
}

/** Rows that a run has read over its rounds. A round without a report counts as read whole. */
export const readByRounds = (rounds: readonly Round[]): ReadRange[] =>
  mergeRanges(rounds.flatMap(({ manifest, after }) => consumedBy(manifest, after)))
