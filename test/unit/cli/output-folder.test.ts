import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UsageError } from '../../../cli/arguments.ts'
import { sizesOf } from '../../../cli/input-files.ts'
import { emptyOutput } from '../../../cli/output-folder.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-output-'))
})
afterEach(() => rm(folder, { recursive: true }))

const files = async (): Promise<string[]> => (await readdir(folder, { recursive: true })).sort()
const empty = (): Promise<void> => emptyOutput(folder, { ours: ['mark', 'shards'], mark: 'mark' })
async function write(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(path.join(folder, path.dirname(name)), { recursive: true })
    await writeFile(path.join(folder, name), name)
  }
}

describe('the folder that a command writes to', () => {
  it('is emptied of what the command left there', async () => {
    await write('mark', 'shards/web/a.parquet')
    await empty()
    expect(await files()).toEqual([])
  })

  it.each([
    ['a file beside', ['mark', 'shards/a', 'thesis.txt'], 'thesis.txt'],
    ['a folder of the same name that is not the command’s', ['shards/mine/a.txt'], 'shards'],
  ])('is refused, and left as it is, with %s', async (_, names, found) => {
    await write(...names)
    const before = await files()
    await expect(empty()).rejects.toThrow(`holds other files (${found})`)
    expect(await files()).toEqual(before)
  })
})

describe('input files', () => {
  it('are measured', async () => {
    await write('a', 'bcd')
    expect(await sizesOf(['a', 'bcd'].map((name) => path.join(folder, name)))).toEqual([1, 3])
  })

  it.each([
    ['a missing file', 'none', 'There is no file'],
    ['a directory', '.', 'is a directory'],
  ])('are refused with %s', async (_, name, said) => {
    const refused = sizesOf([path.join(folder, name)])
    await expect(refused).rejects.toThrow(UsageError)
    await expect(refused).rejects.toThrow(said)
  })
})
