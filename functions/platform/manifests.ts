/** Manifests and reports where they are kept: files in R2, head fields in D1. Both are written once. */
import { and, asc, eq } from 'drizzle-orm'
import { Entry, ManifestHead, ShardLine } from '../../schema/manifest.ts'
import { Report } from '../../schema/report.ts'
import { manifests, reports } from '../../schema/tables.ts'
import { MANIFEST_FILES, serialise, type Manifest } from '../manifest/serialise.ts'
import type { Bindings } from './bindings.ts'

export type ManifestRow = typeof manifests.$inferSelect

export const manifestKey = (id: string, file: keyof typeof MANIFEST_FILES): string =>
  `manifests/${id}/${MANIFEST_FILES[file]}`

/** Files first, the row last: a manifest that is listed is whole. */
export async function storeManifest({ db, corpus }: Bindings, manifest: Manifest, nowMs: number): Promise<void> {
  const { head } = manifest
  const files = serialise(manifest)
  await corpus.put(manifestKey(head.id, 'shards'), files.shards)
  await corpus.put(manifestKey(head.id, 'entries'), files.entries)
  await corpus.put(manifestKey(head.id, 'head'), files.head)
  await db
    .insert(manifests)
    .values({
      id: head.id,
      parent: head.parent,
      run: head.run,
      round: head.round,
      recipe: head.recipe.name,
      indexVersion: head.index.version,
      tokens: head.totals.tokens,
      entries: head.totals.entries,
      createdAtMs: nowMs,
    })
    .onConflictDoNothing()
}

export async function readHead({ corpus }: Bindings, id: string): Promise<ManifestHead | null> {
  const object = await corpus.get(manifestKey(id, 'head'))
  return object === null ? null : ManifestHead.parse(await object.json())
}

/** A stored manifest, whole. Its entries are what a planner of the next round needs of it. */
export async function readManifest(bindings: Bindings, id: string): Promise<Manifest | null> {
  const head = await readHead(bindings, id)
  if (head === null) return null
  const entries = (await lines(bindings, id, 'entries')).map((line) => Entry.parse(line))
  return { head, shards: await readShards(bindings, id), entries }
}

export async function readShards(bindings: Bindings, id: string): Promise<ShardLine[]> {
  return (await lines(bindings, id, 'shards')).map((line) => ShardLine.parse(line))
}

async function lines({ corpus }: Bindings, id: string, file: 'shards' | 'entries'): Promise<unknown[]> {
  const object = await corpus.get(manifestKey(id, file))
  if (object === null) throw new Error(`${manifestKey(id, file)} is not in R2, but its manifest is`)
  return (await object.text())
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line))
}

export async function storeReport({ db }: Bindings, id: string, report: Report, nowMs: number): Promise<void> {
  const { run, manifest, kind, step } = report
  await db
    .insert(reports)
    .values({ id, run, manifest, kind, step, body: JSON.stringify(report), createdAtMs: nowMs })
    .onConflictDoNothing()
}

export async function findReport({ db }: Bindings, id: string): Promise<string | null> {
  return (await db.select({ body: reports.body }).from(reports).where(eq(reports.id, id)))[0]?.body ?? null
}

/** Reports of a manifest, earliest step first. */
export async function reportsOf({ db }: Bindings, manifest: string): Promise<Report[]> {
  const rows = await db
    .select({ body: reports.body })
    .from(reports)
    .where(eq(reports.manifest, manifest))
    .orderBy(asc(reports.step), asc(reports.kind))
  return rows.map(({ body }) => Report.parse(JSON.parse(body)))
}

export async function lastReport({ db }: Bindings, manifest: string, kind: Report['kind']): Promise<Report | null> {
  const own = and(eq(reports.manifest, manifest), eq(reports.kind, kind))
  const rows = await db.select({ body: reports.body, step: reports.step }).from(reports).where(own)
  const [last] = rows.sort((a, b) => b.step - a.step)
  return last === undefined ? null : Report.parse(JSON.parse(last.body))
}
