/** Entries of a manifest by what they hold, as a stream of lines: a manifest may have millions. */
import { bordersOf, quantileOf } from '../kernel/quantile.ts'
import { Entry, type ManifestHead } from '../../schema/manifest.ts'

export interface EntryFilter {
  readonly phase?: string | undefined
  readonly lang?: string | undefined
  readonly source?: string | undefined
  readonly topic?: string | undefined
  /** `3`, `03` or `q03`. */
  readonly quantile?: string | undefined
}

export function matcher(
  { calibration }: Pick<ManifestHead, 'calibration'>,
  filter: EntryFilter,
): (entry: Entry) => boolean {
  const quantile = filter.quantile === undefined ? undefined : Number(filter.quantile.replace(/^q/, ''))
  return ({ phase, cell, bucket }) => {
    const [source = '', lang = '', topic = ''] = cell.split('/')
    if ((filter.phase ?? phase) !== phase || (filter.lang ?? lang) !== lang) return false
    if ((filter.source ?? source) !== source || (filter.topic ?? topic) !== topic) return false
    if (quantile === undefined) return true
    return quantileOf(bucket, bordersOf(calibration, { lang, topic })?.borders ?? []) === quantile
  }
}

/** Text in any pieces → the lines of the entries that match. */
export function filterEntries(
  head: Pick<ManifestHead, 'calibration'>,
  filter: EntryFilter,
): TransformStream<string, string> {
  const matches = matcher(head, filter)
  let rest = ''
  return new TransformStream({
    transform(text, controller) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      const kept = lines.filter((line) => matches(Entry.parse(JSON.parse(line))))
      if (kept.length > 0) controller.enqueue(`${kept.join('\n')}\n`)
    },
  })
}
