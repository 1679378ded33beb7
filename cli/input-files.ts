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
