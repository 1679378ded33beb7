/**
 * A report beside the manifest that it is of: what it names must be there, and no sum may be of more than there is. What
 * passes here is believed by the next round, which no one looks at before it is trained on.
 */
import type { ManifestHead, ShardLine } from '../../schema/manifest.ts'
import type { Report } from '../../schema/report.ts'

export interface Fault {
  /** A JSON pointer into the report. */
  readonly pointer: string
  readonly detail: string
}

/** Documents that a run is evaluated on, by language and topic as reports name them: `en/law-policy`, `en/book`. */
function evaluated({ holdout }: Pick<ManifestHead, 'holdout'>): Map<string, number> {
  const documents = new Map<string, number>()
  for (const { cell, take } of holdout.files) {
    const [source = '', lang = '', topic = ''] = cell.split('/')
    const name = `${lang}/${source === 'web' ? topic : source}`
    documents.set(name, (documents.get(name) ?? 0) + take)
  }
  return documents
}

function topicFaults({ topics }: Report, head: Pick<ManifestHead, 'holdout'>): Fault[] {
  const documents = evaluated(head)
  const seen = new Set<string>()
  return topics.flatMap(({ lang, topic, docs, tokens, change }, i): Fault[] => {
    const pointer = `/topics/${i}`
    const name = `${lang}/${topic}`
    const most = documents.get(name)
    if (most === undefined) {
      const known = [...documents.keys()].sort().join(', ')
      return [{ pointer, detail: `the hold-out has no documents of ${name}, it has ${known === '' ? 'none' : known}` }]
    }
    if (seen.has(name)) return [{ pointer, detail: `${name} is there twice` }]
    seen.add(name)
    if (docs > most) return [{ pointer, detail: `${docs} documents of ${name}, the manifest names ${most}` }]
    if (docs === 0 && tokens > 0) return [{ pointer, detail: `${tokens} tokens of no document` }]
    if (change !== null && change.docs > docs)
      return [{ pointer, detail: `a change of ${change.docs} documents, there are ${docs}` }]
    return []
  })
}

function cellFaults({ cells }: Report, { phases }: Pick<ManifestHead, 'phases'>): Fault[] {
  const quotas = new Map(
    phases.flatMap(({ name, quotas: own }) => own.map(({ cell, tokens }) => [`${name} ${cell}`, tokens] as const)),
  )
  const seen = new Set<string>()
  return cells.flatMap(({ phase, cell, quota, tokens }, i): Fault[] => {
    const pointer = `/cells/${i}`
    const own = quotas.get(`${phase} ${cell}`)
    if (own === undefined) return [{ pointer, detail: `the manifest has no quota of ${cell} in ${phase}` }]
    if (seen.has(`${phase} ${cell}`)) return [{ pointer, detail: `${cell} in ${phase} is there twice` }]
    seen.add(`${phase} ${cell}`)
    if (quota !== own) return [{ pointer, detail: `a quota of ${quota}, the manifest's is ${own}` }]
    if (tokens > own) return [{ pointer, detail: `${tokens} tokens read of a quota of ${own}` }]
    return []
  })
}

function unreadFaults({ unread }: Report, shards: readonly Pick<ShardLine, 'shard' | 'rows'>[]): Fault[] {
  const rows = new Map(shards.map((line) => [line.shard, line.rows]))
  return unread.flatMap(({ shard, rowStart, rowEnd }, i): Fault[] => {
    const pointer = `/unread/${i}`
    const all = rows.get(shard)
    if (all === undefined) return [{ pointer, detail: `the manifest has no shard ${shard}` }]
    if (rowStart < rowEnd && rowEnd <= all) return []
    return [{ pointer, detail: `rows ${rowStart} to ${rowEnd} of ${all}` }]
  })
}

/** Empty where the report can be of this manifest. */
export function reportFaults(
  report: Report,
  {
    head,
    shards,
  }: { head: Pick<ManifestHead, 'round' | 'holdout' | 'phases'>; shards: readonly Pick<ShardLine, 'shard' | 'rows'>[] },
): Fault[] {
  const { round } = head
  const other =
    report.round === round ? [] : [{ pointer: '/round', detail: `${report.round}, the manifest's is ${round}` }]
  return [...other, ...topicFaults(report, head), ...cellFaults(report, head), ...unreadFaults(report, shards)]
}
