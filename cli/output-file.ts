/**
 * Where a command may write. A file is written beside its place and renamed over it, which would put a regular file where a
 * device or a pipe was; and who finds that out after hours of training is late. So the place is looked at first.
 */
import { accessSync, constants, lstatSync, realpathSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import path from 'node:path'
import { UsageError } from './arguments.ts'

/** Throws where the place is one of the inputs, by whatever name or link: it would be written over. */
export function checkNoInput(file: string, inputs: readonly string[]): void {
  const there = statusOf(file)
  const same = (input: string): boolean => {
    const about = statusOf(input)
    return about !== null && there !== null && about.ino === there.ino && about.dev === there.dev
  }
  const input = inputs.find((one) => path.resolve(one) === path.resolve(file) || same(one))
  if (input !== undefined)
    throw new UsageError(`${file} is one of the inputs (${input}), which the output would take the place of.`)
}

/** Throws where an input lies in the folder whose content the output takes the place of. */
export function checkOutside(input: string, folder: string): void {
  if (statusOf(folder) === null) return
  const inside = path.relative(realpathSync(folder), realpathSync(input))
  if (inside === '..' || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside)) return
  throw new UsageError(`${input} lies in ${folder}, which the output would take the place of: give another directory.`)
}

/** The path to write to: a link is followed, so that what it leads to is replaced and not the link. */
export function outputFile(file: string, inputs: readonly string[] = []): string {
  checkNoInput(file, inputs)
  const there = statusOf(file)
  if (there !== null && !there.isFile()) {
    const found = there.isDirectory() ? 'a directory' : kindOf(there)
    throw new UsageError(`${file} is ${found}, expected a new file or a regular one: nothing was written.`)
  }
  const place = there === null ? file : realpathSync(file)
  const folder = path.dirname(path.resolve(place))
  const about = statusOf(folder)
  if (about === null) throw new UsageError(`There is no directory ${folder} to write ${path.basename(file)} to.`)
  if (!about.isDirectory())
    throw new UsageError(`${folder} is no directory, so ${path.basename(file)} cannot be in it.`)
  checkWritable(folder)
  return place
}

/** Throws where something other than a directory has the name, or a device, pipe or socket one of the names in it. */
export function outputFolder(folder: string, names: readonly string[] = []): void {
  const there = statusOf(folder)
  if (there === null) return
  if (!there.isDirectory()) {
    throw new UsageError(`${folder} is ${kindOf(there)}, expected a new or an existing directory: nothing was written.`)
  }
  for (const name of names) {
    const one = statusOf(path.join(folder, name))
    if (one !== null && !one.isFile() && !one.isDirectory()) {
      throw new UsageError(
        `${path.join(folder, name)} is ${kindOf(one)}, expected a regular file: nothing was written.`,
      )
    }
  }
}

/** Refuses a `--folder` for what lies on the disk meanwhile that is not there, or cannot be written to. */
export function checkScratch(folder: string): string {
  const there = statusOf(folder)
  if (there === null) {
    throw new UsageError(
      `--folder is ${folder}, and there is no such directory, expected one that is there: make it, or leave the option out.`,
    )
  }
  if (!there.isDirectory()) throw new UsageError(`--folder is ${folder}, ${kindOf(there)}, expected a directory.`)
  checkWritable(folder)
  return folder
}

function checkWritable(folder: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch {
    throw new UsageError(`${folder} may not be written to: its permissions forbid it.`)
  }
}

/** Null where there is nothing. */
function statusOf(file: string): Stats | null {
  try {
    return statSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ELOOP') throw new UsageError(`${file} is a link that leads to itself.`)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
    if (code === 'ENOENT' && lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      throw new UsageError(`${file} is a link to a file that is not there: remove the link, or make what it leads to.`)
    }
    return null
  }
}

function kindOf(there: Stats): string {
  if (there.isFile()) return 'a regular file'
  if (there.isFIFO()) return 'a named pipe'
  if (there.isSocket()) return 'a socket'
  return there.isCharacterDevice() || there.isBlockDevice() ? 'a device' : 'no regular file'
}
