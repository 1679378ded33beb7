/** `millrace process` over an earlier output: the earlier stays until the new one is whole. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { runCommand, startCommand } from '../../support/command.ts'
import { FIXTURES } from '../../support/sample/articles.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-replace-'))
afterAll(() => rmSync(folder, { recursive: true }))

const DOCUMENTS = path.join(FIXTURES, 'documents.ndjson')
const WEB = path.join(FIXTURES, 'web.warc.gz')
const args = (...files: string[]): string[] => ['process', ...files, '-o', 'out']
const written = (): Map<string, string> =>
  new Map(
    readdirSync(path.join(folder, 'out'), { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => path.join(one.parentPath, one.name))
      .map((file) => [file, readFileSync(file, 'latin1')]),
  )

it('leaves the earlier output when it is killed, and replaces it when it is done', async () => {
  expect(runCommand(args(DOCUMENTS), { cwd: folder }).status).toBe(0)
  const before = written()
  const running = startCommand(args(WEB), { cwd: folder })
  while (!existsSync(path.join(folder, 'out/.work/new/rejects.ndjson')))
    await new Promise((resolve) => setTimeout(resolve, 2))
  running.kill('SIGKILL')
  expect((await running.ended).signal).toBe('SIGKILL')
  for (const [file, content] of before) expect(readFileSync(file, 'latin1')).toBe(content)
  expect(runCommand(args(WEB), { cwd: folder }).status).toBe(0)
  const after = [...written().keys()]
  expect(after.filter((file) => file.includes('.work'))).toEqual([])
  expect(after.some((file) => file.includes('/shards/web/'))).toBe(true)
  expect(after.some((file) => file.includes('/shards/book/'))).toBe(false)
})

it('does not read what it would replace', () => {
  cpSync(DOCUMENTS, path.join(folder, 'out/shards/documents.ndjson'))
  const { status, stderr } = runCommand(args('out/shards/documents.ndjson'), { cwd: folder })
  expect(stderr).toContain('out/shards/documents.ndjson lies in out, which the output would take the place of')
  expect(status).toBe(2)
  expect(existsSync(path.join(folder, 'out/shards/documents.ndjson'))).toBe(true)
})

it('leaves the earlier output where no page can be read', () => {
  const before = written()
  writeFileSync(path.join(folder, 'broken.warc.gz'), readFileSync(WEB).subarray(0, 40))
  const { status, stderr } = runCommand(args('broken.warc.gz'), { cwd: folder })
  expect(stderr).toMatch(/no page could be read \(broken\.warc\.gz: .+\); the earlier output in out stays/)
  expect(status).toBe(1)
  expect(written()).toEqual(before)
})
