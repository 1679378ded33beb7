import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UsageError } from '../../../cli/arguments.ts'
import { sizesOf } from '../../../cli/input-files.ts'
import { besideOutput, emptyOutput } from '../../../cli/output-folder.ts'

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

describe('an output beside an earlier one', () => {
  const beside = () => besideOutput(folder, { ours: ['mark', 'shards', 'late'], mark: 'mark', work: '.work' })
  const NEXT = '.work/new'

  it('takes its place as a whole, and only then', async () => {
    await write('mark', 'shards/old', 'late')
    const { place, swap } = await beside()
    expect(place).toBe(path.join(folder, NEXT))
    await write(`${NEXT}/mark`, `${NEXT}/shards/new`)
    expect(await files()).toEqual(expect.arrayContaining(['late', 'mark', 'shards/old']))
    await swap()
    expect(await files()).toEqual(['mark', 'shards', 'shards/new'])
    expect(await readFile(path.join(folder, 'mark'), 'utf8')).toBe(`${NEXT}/mark`)
  })

  it('that never came to its end leaves the earlier, and is removed by the next', async () => {
    await write('mark', 'shards/old')
    await beside()
    await write(`${NEXT}/mark`, `${NEXT}/shards/half`)
    const { drop } = await beside()
    expect(await files()).toEqual(['.work', NEXT, '.work/process', 'mark', 'shards', 'shards/old'])
    await drop()
    expect(await files()).toEqual(['mark', 'shards', 'shards/old'])
  })

  it('is known by its mark where there was no earlier one', async () => {
    await beside()
    await write(`${NEXT}/mark`)
    await expect(beside()).resolves.toBeDefined()
  })

  it.each([
    ['while the earlier moved out', ['shards/old', `.work/old/mark`, `${NEXT}/mark`, `${NEXT}/shards/new`], 'old'],
    [
      'before the new moved in',
      ['.work/old/mark', '.work/old/shards/old', `${NEXT}/mark`, `${NEXT}/shards/new`],
      'old',
    ],
    ['while the new moved in', ['mark', '.work/old/mark', '.work/old/shards/old', `${NEXT}/shards/new`], 'new'],
    ['when the new was in', ['mark', 'shards/new', '.work/old/mark', '.work/old/shards/old'], 'new'],
  ])('is whole where the last run was cut off %s', async (_, names, whole) => {
    await write('.work/process', ...names)
    const { drop, replaces } = await beside()
    expect(replaces).toBe(true)
    await drop()
    expect(await files()).toEqual(['mark', 'shards', `shards/${whole}`])
  })

  it('is one at a time', async () => {
    const other = spawn('sleep', ['60'])
    try {
      await beside()
      await writeFile(path.join(folder, '.work/process'), String(other.pid))
      await expect(beside()).rejects.toThrow(`process ${other.pid} is writing to ${folder}`)
    } finally {
      other.kill()
    }
    await once(other, 'exit')
    await expect(beside()).resolves.toBeDefined()
  })

  it.each([
    ['a file beside', ['mark', 'thesis.txt'], 'thesis.txt'],
    ['a folder of that name that is not the command’s', ['.work/mine.txt'], '.work'],
    ['what others wrote under its names', ['shards/mine', '.work/mine.txt'], 'shards'],
  ])('is refused, and all left as it is, with %s', async (_, names, found) => {
    await write(...names)
    const before = await files()
    await expect(beside()).rejects.toThrow(`holds other files (${found})`)
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
