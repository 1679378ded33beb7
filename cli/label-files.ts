/** The files that `millrace models label` writes: lines at the end, each on the disk before the next text is asked for. */
import { open, readFile, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { parseLabel } from '../models/labelling/label-lines.ts'
import type { LabelLine } from '../models/labelling/label-lines.ts'
import { UsageError } from './arguments.ts'

export interface LabelsRead {
  readonly labels: readonly LabelLine[]
  /** Bytes behind the last whole line, which a kill left of one. */
  readonly cutBytes: number
}

/** As every line of ours begins. */
const BEGINNING = '{"sha256": "'

/** Every line must be a label: what is not was not written by us, and is not to be written to. */
export async function readLabels(file: string): Promise<LabelsRead> {
  const about = await stat(file).catch(() => null)
  if (about !== null && !about.isFile())
    throw new UsageError(`${file} is no regular file, expected one that labels can be added to.`)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const lines = text.split('\n')
  const labels: LabelLine[] = []
  for (const [at, line] of lines.entries()) {
    const isLast = at === lines.length - 1
    if (isLast && line === '') break
    try {
      labels.push(parseLabel(line))
    } catch (error) {
      if (isLast && (line.startsWith(BEGINNING) || BEGINNING.startsWith(line))) {
        return { labels, cutBytes: Buffer.byteLength(line) }
      }
      const why = error instanceof Error ? error.message : String(error)
      throw new UsageError(`${file}: line ${at + 1}: ${why}. -o names a new file, or labels to go on with.`)
    }
  }
  return { labels, cutBytes: 0 }
}

export interface Appender {
  append(line: string): Promise<void>
  close(): Promise<void>
}

/** The last `cutBytes` of the file go. A line is on the disk when `append` comes back. */
export async function appendLines(file: string, cutBytes = 0): Promise<Appender> {
  const handle = await open(file, 'a+')
  const { size } = await handle.stat()
  if (cutBytes > 0) await handle.truncate(size - cutBytes)
  else if (size > 0) {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
    if (buffer[0] !== 10) await handle.appendFile('\n')
  }
  // What comes while the disk is busy goes to it together: a sync costs more than a line.
  let last = Promise.resolve()
  let waiting: { lines: string; done: Promise<void> } | null = null
  return {
    append(line) {
      if (waiting !== null) {
        waiting.lines += `${line}\n`
        return waiting.done
      }
      const group = { lines: `${line}\n`, done: last }
      waiting = group
      group.done = last.then(async () => {
        waiting = null
        await handle.appendFile(group.lines)
        await handle.datasync()
      })
      last = group.done
      return group.done
    },
    async close() {
      await last.catch(() => {})
      await handle.close()
    },
  }
}

/** The file is made with its first line. */
export function appendLate(file: string): Appender {
  let opened: Promise<Appender> | undefined
  return {
    async append(line) {
      opened ??= appendLines(file)
      await (await opened).append(line)
    },
    async close() {
      await (await opened)?.close()
    },
  }
}

/** Files that are written must be none of those that are read, by whatever name. */
export async function checkDistinct(written: readonly string[], read: readonly string[]): Promise<void> {
  const real = (file: string): Promise<string> => realpath(file).catch(() => path.resolve(file))
  const taken = new Map<string, string>()
  for (const file of read) taken.set(await real(file), file)
  for (const file of written) {
    const other = taken.get(await real(file))
    if (other !== undefined) throw new UsageError(`${file} would be written and is ${other} too: name another file.`)
    taken.set(await real(file), file)
  }
}
