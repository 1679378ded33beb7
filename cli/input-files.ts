/** Input files of a command, looked at before anything is written, sent or deleted. */
import { stat } from 'node:fs/promises'
import { UsageError } from './arguments.ts'

/** Sizes in bytes. Throws for the first that is missing or is no file. */
export async function sizesOf(files: readonly string[]): Promise<number[]> {
  const sizes: number[] = []
  for (const file of files) {
    const about = await stat(file).catch(() => null)
    if (about === null) throw new UsageError(`There is no file ${file}, or it cannot be read. Likely a typing mistake.`)
    if (about.isDirectory())
      throw new UsageError(
        `${file} is a directory, expected files: name them, as in ${file.replace(/\/$/, '')}/*.warc.gz`,
      )
    if (!about.isFile()) throw new UsageError(`${file} is no regular file: write what it gives into a file first.`)
    sizes.push(about.size)
  }
  return sizes
}

const PATH_FAULTS: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `There is no file ${path}. Likely a typing mistake, or what should write it has not run.`,
  EISDIR: (path) => `${path} is a directory, expected a file.`,
  ENOTDIR: (path) => `${path} leads through a file that is no directory.`,
  EACCES: (path) => `${path} may not be opened: its permissions forbid it.`,
  EPERM: (path) => `${path} may not be changed: its permissions forbid it.`,
}

/** What is wrong with a path in words, or null if the error is of another kind. Some errors do not know their path. */
export function pathFault(error: unknown, path?: string): string | null {
  if (!(error instanceof Error)) return null
  const { code, path: own } = error as NodeJS.ErrnoException
  return PATH_FAULTS[code ?? '']?.(own ?? path ?? 'What was given') ?? null
}
