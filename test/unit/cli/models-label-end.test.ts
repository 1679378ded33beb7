/** `millrace models label` that ends before all is done: killed, stopped, or at its limits. */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { chatServer } from '../../support/chat-server.ts'
import { aboutOf, at, inOwnFolder, labelsOf, numLines, run, to, until, writeTexts } from '../../support/label-runs.ts'

inOwnFolder()

describe('millrace models label', () => {
  it('goes on where it was killed, and pays for no label twice', async () => {
    await using server = await chatServer({ delayMs: 10 })
    writeTexts('in.ndjson', 60)
    const first = await run(to(server.url), {}, async (kill) => {
      await until(() => numLines('labels.ndjson') >= 15)
      kill('SIGKILL')
    })
    expect(first.status).toBe(null)
    const before = labelsOf()
    expect(before.length).toBeLessThan(60)
    // What a kill in the middle of a write would leave.
    writeFileSync(at('labels.ndjson'), `${readFileSync(at('labels.ndjson'), 'utf8')}{"sha256": "12`)
    const asked = server.asked.length
    const second = await run(to(server.url))
    expect(second.status).toBe(0)
    expect(second.stderr).toContain('the last line of labels.ndjson was cut while it was written')
    expect(second.stderr).toContain(
      `60 texts, 0 of them repeated, ${before.length} with a label; ${60 - before.length} to do`,
    )
    expect(labelsOf().slice(0, before.length)).toEqual(before)
    expect(new Set(labelsOf().map(({ sha256: hash }) => hash)).size).toBe(60)
    expect(labelsOf().length).toBe(60)
    expect(server.asked.length - asked).toBe(60 - before.length)
  })

  it('finishes what is under way at Ctrl-C, and says how to go on', async () => {
    await using server = await chatServer({ delayMs: 300 })
    writeTexts('in.ndjson', 40)
    const ran = await run(to(server.url), {}, async (kill) => {
      await until(() => numLines('labels.ndjson') >= 1 && server.asked.length >= 5)
      kill('SIGINT')
    })
    expect(ran.status).toBe(130)
    // Every answer that was asked for is there.
    expect(labelsOf().length).toBe(server.asked.length)
    expect(labelsOf().length).toBeLessThan(40)
    expect(ran.stderr).toContain(`${40 - labelsOf().length} left`)
    expect(ran.stderr).toContain('Stopped. The same command goes on from here.')
    expect(aboutOf(ran)).toMatchObject({ labelled: labelsOf().length })
  })

  it('gives up what hangs at the second Ctrl-C', async () => {
    await using server = await chatServer({ fault: (_, count) => (count > 2 ? { kind: 'hang' } : null) })
    writeTexts('in.ndjson', 9)
    const ran = await run(to(server.url), {}, async (kill) => {
      await until(() => server.asked.length >= 6)
      kill('SIGINT')
      await new Promise((resolve) => setTimeout(resolve, 200))
      kill('SIGINT')
    })
    expect([ran.status, labelsOf().length]).toEqual([130, 2])
    expect(ran.stderr).toContain('7 left')
  })

  it('stops before it costs more than it may, and at the limit', async () => {
    await using server = await chatServer({ delayMs: 5 })
    writeTexts('in.ndjson', 40)
    // A text costs .0012.
    const capped = await run(to(server.url, '--price-in', '1', '--price-out', '10', '--max-cost', '.0101'))
    expect(capped.status).toBe(0)
    expect([labelsOf().length, server.asked.length]).toEqual([8, 8])
    expect(capped.stderr).toContain('--max-cost 0.0101 is reached. The same command goes on from here.')
    const limited = await run(to(server.url, '--limit', '5'))
    expect([labelsOf().length, server.asked.length]).toEqual([13, 13])
    expect(limited.stderr).toContain('5 labelled, 0 rejected, 27 left')
    expect(limited.stderr).toContain('--limit 5 is reached')
  })

  it('cannot hold a cap over an endpoint that does not count', async () => {
    await using server = await chatServer({ hasUsage: false })
    writeTexts('in.ndjson', 5)
    const ran = await run(to(server.url, '--price-in', '1', '--price-out', '10', '--max-cost', '1'))
    expect([ran.status, server.asked.length]).toEqual([1, 1])
    expect(ran.stderr).toContain('--max-cost cannot hold')
  })
})
