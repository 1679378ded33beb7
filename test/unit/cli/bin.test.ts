import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

describe('the millrace command', () => {
  it('names set-up where Node cannot run TypeScript', () => {
    const { status, stderr } = spawnSync(process.execPath, ['--no-experimental-strip-types', 'cli/bin.mjs', 'help'], {
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([2, expect.stringContaining('npm run setup')])
  })

  it('runs where it can', () => {
    const { status, stdout } = spawnSync(process.execPath, ['cli/bin.mjs', 'help'], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, expect.stringContaining('Usage: millrace')])
  })
})
