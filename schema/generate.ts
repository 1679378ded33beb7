/**
 * Writes schema/json/*.json, the JSON Schemas (draft 2020-12) that gpu-runner validates against, from the zod contracts.
 * Run: npx node schema/generate.ts. A contract test compares what is committed with what this makes.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { Entry, ManifestHead, ShardLine } from './manifest.ts'
import { Report } from './report.ts'
import { ShardRow } from './shard.ts'

const CONTRACTS = {
  'manifest-head': ManifestHead,
  'shard-line': ShardLine,
  entry: Entry,
  report: Report,
  'shard-row': ShardRow,
} as const

/** File name → text. The output side of each contract: what is written down has its defaults filled in. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(CONTRACTS).map(([name, contract]) => [
      `${name}.json`,
      `${JSON.stringify(z.toJSONSchema(contract, { target: 'draft-2020-12', io: 'output' }), null, 2)}\n`,
    ]),
  )
}

if (import.meta.main) {
  const folder = path.join(import.meta.dirname, 'json')
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of jsonSchemas()) {
    writeFileSync(path.join(folder, name), text)
    process.stdout.write(`${path.join('schema', 'json', name)}\n`)
  }
}
