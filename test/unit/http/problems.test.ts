import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { PROBLEMS } from '../../../functions/http/problem.ts'

const page = readFileSync(path.join(import.meta.dirname, '../../../docs/problems.md'), 'utf8')

it('every problem has a heading with its status, and no heading is left over', () => {
  const described = page
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), Number(/^\d{3}(?=\.)/m.exec(section)?.[0])])
  expect(Object.fromEntries(described)).toEqual(
    Object.fromEntries(Object.entries(PROBLEMS).map(([name, { status }]) => [name, status])),
  )
})
