/** The folder that a command writes to. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { UsageError } from './arguments.ts'
import { outputFolder } from './output-file.ts'

export interface Ours {
  /** All names that the command writes. */
  readonly ours: readonly string[]
  /** One that it writes first and nobody else would: it tells that an earlier run wrote the others. */
  readonly mark: string
}

/**
 * Makes the folder, or empties what an earlier run of the same command left there. Throws, with nothing touched, when
 * anything else is in it.
 */
export async function emptyOutput(folder: string, { ours, mark }: Ours): Promise<void> {
  refuseStrangers(folder, await namesIn(folder, ours), { ours, mark })
  await mkdir(folder, { recursive: true })
  for (const name of ours) await rm(path.join(folder, name), { recursive: true, force: true })
}

export interface Beside {
  readonly place: string
  readonly swap: () => Promise<void>
  readonly drop: () => Promise<void>
}

const NEXT = 'new'
const BEFORE = 'old'

/**
 * A folder to write to in `work`, which lies in the folder itself, and `swap`, which puts what was written in the place of
 * what an earlier run left. Whatever ends the command before that, the earlier output is as it was; what the command had
 * written is removed by the next run, or by `drop`. Throws as `emptyOutput` does.
 */
export async function besideOutput(
  folder: string,
  { ours, mark, work }: Ours & { readonly work: string },
): Promise<Beside> {
  const names = (await namesIn(folder, ours)).filter((name) => name !== work)
  const place = path.join(folder, work, NEXT)
  const isOurs = !existsSync(path.join(folder, work)) || existsSync(path.join(place, mark))
  refuseStrangers(folder, names.length === 0 && !isOurs ? [work] : names, { ours, mark })
  const drop = (): Promise<void> => rm(path.join(folder, work), { recursive: true, force: true })
  const move = async (name: string, from: string, to: string): Promise<void> => {
    if (existsSync(path.join(from, name))) await rename(path.join(from, name), path.join(to, name))
  }
  await drop()
  await mkdir(place, { recursive: true })
  return {
    place,
    drop,
    async swap() {
      const before = path.join(folder, work, BEFORE)
      await mkdir(before)
      for (const name of names) await move(name, folder, before)
      for (const name of ours) await move(name, place, folder)
      await drop()
    },
  }
}

async function namesIn(folder: string, ours: readonly string[]): Promise<string[]> {
  outputFolder(folder, ours)
  return existsSync(folder) ? readdir(folder) : []
}

function refuseStrangers(folder: string, names: readonly string[], { ours, mark }: Ours): void {
  const strangers = names.filter((name) => !ours.includes(name))
  if (strangers.length === 0 && (names.length === 0 || names.includes(mark))) return
  const found = (strangers.length > 0 ? strangers : names).slice(0, 3).join(', ')
  throw new UsageError(`${folder} holds other files (${found}): give an empty or new directory`)
}
