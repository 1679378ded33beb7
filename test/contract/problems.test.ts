import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { PROBLEMS } from '../../functions/http/problem.ts'

it('docs/problems.md has a heading, with its status, for every problem', async () => {
  const text = await readFile(path.join(import.meta.dirname, '../../docs/problems.md'), 'utf8')
  const documented = [...text.matchAll(/^## (.+)\n(\d{3})\./gm)].map(([, name, status]) => [name ?? '', Number(status)])
  const known = Object.entries(PROBLEMS).map(([name, { status }]) => [name, status])
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(known))
})
