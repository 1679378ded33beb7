/** Parquet files as pyarrow, DuckDB and Hugging Face datasets read them: the checks that chunks and shards share. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import type { IndexLine } from '../../schema/shard.ts'

export const PYTHON = path.join(import.meta.dirname, '../../gpu-runner/.venv/bin/python')
export const hasPython = existsSync(PYTHON)

interface Reading {
  readonly rows: number
  readonly textBytes: number
  readonly bytes: number
  readonly ids: string
  readonly texts: string
  readonly ascending: boolean
}

export interface OpenedFile {
  readonly file: string
  readonly sha256: string
  readonly metadata: Readonly<Record<string, string>>
  readonly readers: { readonly pyarrow: Reading; readonly duckdb: Reading; readonly datasets: Reading }
}

/** What a Python script of the tests prints, line by line. */
export function runPython(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 64 << 20 }
    execFile(PYTHON, [script, ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trimEnd().split('\n'))
      else reject(new Error(`${path.basename(script)} failed:\n${stderr}`))
    })
  })
}

export async function openParquetFiles(files: readonly string[]): Promise<OpenedFile[]> {
  // What datasets keeps of what it opened goes here and then away; nothing is looked up on a hub.
  const scratch = await mkdtemp(path.join(tmpdir(), 'millrace-datasets-'))
  try {
    const env = { HF_HOME: scratch, HF_HUB_OFFLINE: '1', HF_DATASETS_DISABLE_PROGRESS_BARS: '1' }
    const lines = await runPython(path.join(import.meta.dirname, 'open_parquet.py'), files, env)
    return lines.map((line) => JSON.parse(line) as OpenedFile)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Parquet files below a folder, by path. */
export async function parquetFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  const files = names.filter((name) => name.endsWith('.parquet'))
  return files.sort().map((name) => path.join(folder, name))
}

export function expectReadersAgree(opened: readonly OpenedFile[]): void {
  for (const { file, readers } of opened) {
    expect(readers.duckdb, `${file} in DuckDB and pyarrow`).toEqual(readers.pyarrow)
    expect(readers.datasets, `${file} in datasets and pyarrow`).toEqual(readers.pyarrow)
    expect(readers.pyarrow.textBytes, `column bytes of ${file}`).toBe(readers.pyarrow.bytes)
    expect(readers.pyarrow.rows).toBeGreaterThan(0)
  }
}

/** Every index line has its file, the file is what the line says, and there is no other. */
export function expectIndexHolds(folder: string, index: readonly IndexLine[], opened: readonly OpenedFile[]): void {
  const byShard = new Map(opened.map((one) => [path.relative(folder, one.file), one]))
  expect([...byShard.keys()].sort()).toEqual(index.map(({ shard }) => shard).sort())
  for (const line of index) {
    const one = byShard.get(line.shard)
    expect(one, line.shard).toMatchObject({
      sha256: line.sha256,
      metadata: { 'millrace.cell': line.cell, 'millrace.cuts': JSON.stringify(line.cuts) },
      readers: { pyarrow: { rows: line.rows, bytes: line.bytes, ascending: true } },
    })
    for (const key of ['millrace.pipeline', 'millrace.seed', 'millrace.rules', 'millrace.ngram-models']) {
      expect(one?.metadata[key], `${key} of ${line.shard}`).toMatch(/./)
    }
  }
}
