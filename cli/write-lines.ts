/** Lines to stdout, handed over together, since a write costs more than a short line; a slow reader makes us wait. */
import { once } from 'node:events'

const WRITE_UNITS = 1 << 16

/** Writes every line; when one cannot be made, those before it are written before the error is thrown. */
export async function writeLines(lines: AsyncIterable<string>, onLine: () => void): Promise<void> {
  let pending = ''
  const flush = async (): Promise<void> => {
    const text = pending
    pending = ''
    if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
  }
  try {
    for await (const line of lines) {
      pending += `${line}\n`
      onLine()
      if (pending.length >= WRITE_UNITS) await flush()
    }
  } finally {
    await flush()
  }
}
