import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendLines, readLabels } from '../../../cli/label-files.ts'
import { formatLabel } from '../../../models/labelling/label-lines.ts'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-label-files-'))
  file = path.join(folder, 'labels.ndjson')
})
afterEach(() => rmSync(folder, { recursive: true }))

const label = (n: number): string =>
  formatLabel({ sha256: `${n}`.padStart(64, '0'), lang: 'en', topic: 'other', second: null, drawn: 'random' })

describe('lines at the end of a file', () => {
  it('are in order and there when they are said to be, however many come at once', async () => {
    const lines = await appendLines(file)
    const written = Array.from({ length: 200 }, async (_, n) => {
      if (n % 7 === 0) await new Promise((resolve) => setTimeout(resolve, n % 5))
      await lines.append(`${n}`)
      expect(readFileSync(file, 'utf8').split('\n')).toContain(`${n}`)
    })
    await Promise.all(written)
    await lines.close()
    const all = readFileSync(file, 'utf8').split('\n').slice(0, -1).map(Number)
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n))
  })

  it('begin on a line of their own, behind what is there', async () => {
    writeFileSync(file, 'a\nb')
    const lines = await appendLines(file)
    await lines.append('c')
    await lines.close()
    expect(readFileSync(file, 'utf8')).toBe('a\nb\nc\n')
  })
})

describe('labels of a run before', () => {
  const whole = `${label(1)}\n${label(2)}\n`

  it('are read at every length that a kill may leave, and what is cut is written over', async () => {
    const bytes = Buffer.from(whole)
    for (let length = 0; length <= bytes.length; length++) {
      writeFileSync(file, bytes.subarray(0, length))
      const { labels, cutBytes } = await readLabels(file)
      const lines = await appendLines(file, cutBytes)
      await lines.append(label(3))
      await lines.close()
      const after = await readLabels(file)
      expect(after.cutBytes).toBe(0)
      expect(after.labels.map(({ sha256 }) => Number(sha256))).toEqual([
        ...labels.map(({ sha256 }) => Number(sha256)),
        3,
      ])
      // A line that lacks nothing but its end is whole.
      expect(labels.length).toBe(length >= bytes.length - 1 ? 2 : length >= label(1).length ? 1 : 0)
    }
  })

  it('are not those of a file of another kind', async () => {
    appendFileSync(file, `${whole}Buy milk`)
    await expect(readLabels(file)).rejects.toThrow(/labels\.ndjson: line 3: it is not JSON/)
    expect(await readLabels(path.join(folder, 'none'))).toEqual({ labels: [], cutBytes: 0 })
  })
})
