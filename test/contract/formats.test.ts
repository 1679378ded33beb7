/** Chunks and shards open, as they are, in what users read Parquet with. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileSource } from '../../cli/file-source.ts'
import { fileStore } from '../../cli/file-store.ts'
import { createPipeline } from '../../functions/pipeline.ts'
import { runSlice } from '../../functions/slice.ts'
import { loadModels } from '../../models/load.ts'
import type { IndexLine } from '../../schema/shard.ts'
import { expectIndexHolds, expectReadersAgree, hasPython, openParquetFiles, parquetFiles } from './open-parquet.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const SAMPLE = path.join(ROOT, 'test/fixtures/sample')
const PATIENCE_MS = 180_000

if (!hasPython) console.log('gpu-runner/.venv is missing: Parquet files are not opened in Python')

describe.skipIf(!hasPython)('Parquet files in pyarrow, DuckDB and datasets', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-formats-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it(
    'are what the index says: shards and held-out files of `millrace process`',
    async () => {
      const output = path.join(folder, 'process')
      const inputs = ['web.warc.gz', 'documents.ndjson'].map((name) => path.join(SAMPLE, name))
      const args = [path.join(ROOT, 'cli/millrace.ts'), 'process', ...inputs, '-o', output, '--holdout-share', '0.25']
      const { stdout } = await promisify(execFile)(process.execPath, args)
      const funnel = JSON.parse(stdout) as { kept: number; heldOut: number }
      const lines = (await readFile(path.join(output, 'index.ndjson'), 'utf8')).trimEnd().split('\n')
      const index = lines.map((line) => JSON.parse(line) as IndexLine)
      const opened = await openParquetFiles(await parquetFiles(output))
      expectReadersAgree(opened)
      expectIndexHolds(output, index, opened)
      const rows = (holdout: boolean): number =>
        index.filter((line) => (line.holdout ?? false) === holdout).reduce((sum, line) => sum + line.rows, 0)
      expect([rows(false), rows(true)]).toEqual([funnel.kept, funnel.heldOut])
    },
    PATIENCE_MS,
  )

  it(
    'hold every candidate: chunks',
    async () => {
      const pipeline = createPipeline(await loadModels(), { source: 'web', lang: '' })
      const source = await fileSource(path.join(SAMPLE, 'web.warc.gz'))
      const totals = { candidates: 0, textBytes: 0, chunks: 0 }
      for (let start: number | null = 0; start !== null;) {
        // Small slices, so that there is more than one chunk.
        const task = { source, objectUrl: null, objectId: '0'.repeat(64), start, length: 300_000 }
        const result = await runSlice(fileStore(folder), pipeline, { ...task, prefix: 'chunks', seed: 0 })
        totals.candidates += result.candidates
        totals.textBytes += result.textBytes
        totals.chunks += result.chunks.length
        start = result.next
      }
      const opened = await openParquetFiles(await parquetFiles(path.join(folder, 'chunks')))
      expect(totals.chunks).toBeGreaterThan(1)
      expect(opened.length).toBe(totals.chunks)
      expectReadersAgree(opened)
      const sum = (pick: 'rows' | 'textBytes'): number =>
        opened.reduce((all, { readers }) => all + readers.pyarrow[pick], 0)
      expect([sum('rows'), sum('textBytes')]).toEqual([totals.candidates, totals.textBytes])
      for (const { metadata, readers } of opened) {
        const runs = JSON.parse(metadata['millrace.runs'] ?? '[]') as { start: number; end: number }[]
        expect([runs[0]?.start, runs.at(-1)?.end]).toEqual([0, readers.pyarrow.rows])
      }
    },
    PATIENCE_MS,
  )
})
