/** The folder that a command writes to. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
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
  /** Whether there is an earlier output. */
  readonly replaces: boolean
  readonly swap: () => Promise<void>
  readonly drop: () => Promise<void>
}

const NEXT = 'new'
const BEFORE = 'old'
const HOLDER = 'process'

/**
 * A folder to write to in `work`, which lies in the folder itself, and `swap`, which puts what was written in the place of
 * what an earlier run left. Whatever ends the command before that, the earlier output is as it was; what the command had
 * written is removed by the next run, or by `drop`. A swap that was cut off is undone or brought to its end by the next run.
 * Throws as `emptyOutput` does, and while another process writes to the folder.
 */
export async function besideOutput(
  folder: string,
  { ours, mark, work }: Ours & { readonly work: string },
): Promise<Beside> {
  const workplace = path.join(folder, work)
  const place = path.join(workplace, NEXT)
  const before = path.join(workplace, BEFORE)
  const holder = path.join(workplace, HOLDER)
  const found = await namesIn(folder, ours)
  await refuseTwoAtOnce(folder, holder)
  const moveAll = async (names: readonly string[], from: string, to: string): Promise<void> => {
    for (const name of names)
      if (existsSync(path.join(from, name))) await rename(path.join(from, name), path.join(to, name))
  }
  // All of the earlier output is in `before` when the mark, the first of the new one, leaves its place.
  const recover = async (): Promise<void> => {
    if (!existsSync(before)) return
    await (existsSync(path.join(place, mark)) ? moveAll(ours, before, folder) : moveAll(ours, place, folder))
  }
  const drop = async (): Promise<void> => {
    await recover()
    await rm(workplace, { recursive: true, force: true })
  }
  const names = found.filter((name) => name !== work)
  const isOurs = names.length > 0 || !existsSync(workplace) || existsSync(holder)
  const moved = existsSync(path.join(before, mark)) ? [mark] : []
  refuseStrangers(folder, isOurs ? [...names, ...moved] : [work], { ours, mark })
  await drop()
  await mkdir(workplace, { recursive: true })
  await writeFile(holder, String(process.pid))
  await mkdir(place)
  const earlier = (await readdir(folder)).filter((name) => name !== work)
  return {
    place,
    replaces: earlier.length > 0,
    drop,
    async swap() {
      await mkdir(before)
      await moveAll(earlier, folder, before)
      await moveAll([mark, ...ours], place, folder)
      await rm(workplace, { recursive: true })
    },
  }
}

/** Throws where the process that is named in `holder` runs. */
async function refuseTwoAtOnce(folder: string, holder: string): Promise<void> {
  const pid = existsSync(holder) ? Number(await readFile(holder, 'utf8')) : 0
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid || !isRunning(pid)) return
  throw new UsageError(
    `process ${pid} is writing to ${folder}: wait for its end, or give another directory ` +
      `(if it is no run of Millrace, remove ${holder})`,
  )
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
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
