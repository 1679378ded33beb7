/** The folder that a command writes to. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { UsageError } from './arguments.ts'
import { outputFolder } from './output-file.ts'

/**
 * Makes the folder, or empties what an earlier run of the same command left there, which `mark` tells: a name that the
 * command writes first and nobody else would. Throws, with nothing touched, when anything else is in it.
 */
export async function emptyOutput(
  folder: string,
  { ours, mark }: { ours: readonly string[]; mark: string },
): Promise<void> {
  outputFolder(folder, ours)
  await mkdir(folder, { recursive: true })
  const names = await readdir(folder)
  const strangers = names.filter((name) => !ours.includes(name))
  if (strangers.length > 0 || (names.length > 0 && !names.includes(mark))) {
    const found = (strangers.length > 0 ? strangers : names).slice(0, 3).join(', ')
    throw new UsageError(`${folder} holds other files (${found}): give an empty or new directory`)
  }
  for (const name of ours) await rm(path.join(folder, name), { recursive: true, force: true })
}
