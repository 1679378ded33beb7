/** The limits of `wrangler.toml`: names that the pinned wrangler knows, and room for the largest seal that is promised. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const root = path.join(import.meta.dirname, '../..')
/** Of a seal of 200,000 documents (docs/deploy.md). */
const MEASURED = 22_000
/** What the platform takes at most. */
const MOST = 10_000_000

it('limits of the Worker are ones that wrangler reads, and leave a seal room', () => {
  const [, block = ''] =
    /^\[limits\]\n((?:\w+ = \d+\n)+)/m.exec(readFileSync(path.join(root, 'wrangler.toml'), 'utf8')) ?? []
  const limits = new Map(
    block
      .trim()
      .split('\n')
      .map((line) => line.split(' = ') as [string, string]),
  )
  const schema = JSON.parse(readFileSync(path.join(root, 'node_modules/wrangler/config-schema.json'), 'utf8')) as {
    definitions: { UserLimits: { properties: Record<string, { type: string }> } }
  }
  const known = schema.definitions.UserLimits.properties
  expect([...limits.keys()].map((name) => known[name]?.type)).toEqual(['number', 'number'])
  const subrequests = Number(limits.get('subrequests'))
  expect(subrequests).toBeGreaterThan(10 * MEASURED)
  expect(subrequests).toBeLessThanOrEqual(MOST)
})
