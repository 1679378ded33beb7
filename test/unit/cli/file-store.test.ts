import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { fileStore } from '../../../cli/file-store.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-store-'))
afterAll(() => rmSync(folder, { recursive: true }))
const store = fileStore(folder)

describe('an upload to a folder', () => {
  it('is there when it is finished', async () => {
    const upload = await store.upload('a/b')
    await upload.write(Uint8Array.of(1, 2))
    await upload.write(Uint8Array.of(3))
    expect(await store.size('a/b')).toBe(null)
    await upload.finish()
    expect([...readFileSync(path.join(folder, 'a/b'))]).toEqual([1, 2, 3])
  })

  it('tells who writes that it cannot be, and nobody else', async () => {
    mkdirSync(path.join(folder, 'c.part'))
    const upload = await store.upload('c')
    await expect(upload.write(Uint8Array.of(1))).rejects.toThrow('EISDIR')
    await expect(upload.finish()).rejects.toThrow('EISDIR')
  })
})
