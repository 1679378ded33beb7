import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { fileSource } from '../../../cli/file-source.ts'

it('a file is read from anywhere to its end, a little first, for who wants little', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-source-'))
  try {
    const bytes = Uint8Array.from({ length: 1_000_003 }, (_, i) => (i * 167) >> 3)
    const file = path.join(folder, 'bytes')
    await writeFile(file, bytes)
    const source = await fileSource(file)
    expect(source.size).toBe(bytes.length)
    for (const start of [0, 1, 999_999, bytes.length]) {
      const chunks: Uint8Array[] = []
      for await (const chunk of source.read(start)) chunks.push(chunk)
      expect(Buffer.compare(Buffer.concat(chunks), bytes.subarray(start))).toBe(0)
      if (start < 2)
        expect([chunks[0]?.length, Math.max(...chunks.map(({ length }) => length))]).toEqual([1 << 14, 1 << 18])
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
