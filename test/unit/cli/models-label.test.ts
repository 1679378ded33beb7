/** `millrace models label` as a user runs it, against a server that speaks the protocol: what it writes. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../../../models/training/texts.ts'
import { TOPICS } from '../../../schema/shard.ts'
import { chatServer } from '../../support/chat-server.ts'
import type { Asked } from '../../support/chat-server.ts'
import { aboutOf, at, inOwnFolder, labelsOf, linesOf, run, to, writeTexts } from '../../support/label-runs.ts'

inOwnFolder()

describe('millrace models label', () => {
  it('labels each text of plain and gzip files once, in the format of the shipped labels', async () => {
    await using server = await chatServer({ key: 'sk-1', delayMs: 20 })
    const texts = writeTexts('in.ndjson', 30)
    const chinese = `水车在溪流中转动,磨坊主人每天清晨打开水闸。topic=history-geography`
    const more = [{ text: texts[3] }, { text: chinese, title: '水车', url: 'http://a/b' }, { text: 'x', lang: 'zh-TW' }]
    writeFileSync(at('more.ndjson.gz'), gzipSync(more.map((line) => JSON.stringify(line)).join('\n')))
    const ran = await run(
      [...to(server.url, '--key-env', 'MY_KEY', '--price-in', '1', '--price-out', '10'), 'more.ndjson.gz'],
      { MY_KEY: 'sk-1' },
    )
    expect(ran.stderr).toContain('33 texts, 1 of them repeated, 0 with a label; 32 to do')
    expect(ran.stderr).toContain('32 labelled, 0 rejected, 0 left; 32,000 tokens sent, 640 answered, cost 0.0384')
    expect(ran.stderr + ran.stdout).not.toContain('sk-1')
    expect(ran.status).toBe(0)
    const byHash = new Map(labelsOf().map((label) => [label.sha256, label]))
    expect([byHash.size, labelsOf().length, server.asked.length]).toEqual([32, 32, 32])
    for (const [n, text] of texts.entries()) {
      const [topic, second] = [TOPICS[n % 11], TOPICS[(n + 1) % 11]]
      expect(byHash.get(sha256(text))).toEqual({ sha256: sha256(text), lang: 'en', topic, second, drawn: 'random' })
    }
    expect(byHash.get(sha256(chinese))).toMatchObject({ lang: 'zh', topic: 'history-geography', second: null })
    expect(byHash.get(sha256('x'))).toMatchObject({ lang: 'zh' })
    // The same letters between the fields, and in the same order.
    const form = (line: string): string => line.replaceAll(/"[0-9a-z-]+"(?!:)|null/g, '_')
    const shipped = readFileSync(path.join(import.meta.dirname, '../../../models/topic/labels.ndjson'), 'utf8').split(
      '\n',
      1,
    )
    expect(new Set(linesOf('labels.ndjson').map(form))).toEqual(new Set(shipped.map(form)))
    expect(aboutOf(ran)).toMatchObject({
      labelled: 32,
      rejected: 0,
      left: 0,
      tokens: { in: 32_000, out: 640 },
      cost: 0.0384,
    })
    // Four at a time by default, and the first alone.
    expect(server.most()).toBe(4)
    expect(existsSync(at('labels.rejects.ndjson'))).toBe(false)
    expect(server.asked[0]?.body.messages[0]?.content).toContain(
      'Destinations are geography; a day at a theme park is `other`.',
    )
    const shown = server.asked.find(({ said }) => said.includes('水车'))?.said
    expect(shown).toContain('Title: 水车\nAddress: http://a/b\nLength: ')
  })

  it('reads a share twice and says how far the readings agree', async () => {
    const fault = ({ body, said }: Asked) => {
      const n = Number(/Text (\d+)/.exec(said)?.[1])
      // The other reader differs on every fourth text, and is at a loss with every ninth.
      if (body.model !== 'other-reader') return null
      if (n % 9 === 8) return { kind: 'content', content: 'hm' } as const
      return n % 4 === 0 ? ({ kind: 'content', content: '{"topic": "other", "second": null}' } as const) : null
    }
    await using server = await chatServer({ models: ['reader', 'other-reader'], fault })
    const texts = writeTexts('in.ndjson', 120)
    const ran = await run(to(server.url, '--again-share', '.25', '--again-model', 'other-reader', '--drawn', 'thin'))
    const labels = labelsOf()
    expect(labels.length).toBe(120)
    const twice = labels.filter(({ again }) => again !== undefined)
    expect(twice.length).toBeGreaterThan(15)
    expect(twice.length).toBeLessThan(45)
    expect(labels.every(({ drawn }) => drawn === 'thin')).toBe(true)
    for (const { sha256: hash, topic, again } of twice) {
      const n = texts.findIndex((text) => sha256(text) === hash)
      expect(again).toBe(n % 4 === 0 ? 'other' : topic)
    }
    const same = twice.filter(({ topic, again }) => topic === again).length
    expect(ran.stderr).toContain(`two readings agree on ${same} of ${twice.length} texts`)
    expect(ran.stderr).toMatch(/Cohen's kappa \.?0?\.\d\d/)
    expect(aboutOf(ran)).toMatchObject({ rejected: 0, agreement: { texts: twice.length, same } })
    const rejects = linesOf('labels.rejects.ndjson').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(new Set(rejects.map(({ reading }) => reading))).toEqual(new Set([2]))
    // All is done: the same command sends nothing, and still says it.
    const asked = server.asked.length
    const again = await run(to(server.url))
    expect([again.status, server.asked.length]).toEqual([0, asked])
    expect(again.stderr).toContain(`two readings agree on ${same} of ${twice.length} texts`)
  })

  it('sends the key in the header that the endpoint wants it in, and in no other', async () => {
    await using server = await chatServer({ key: 'sk-hush', keyHeader: 'api-key' })
    writeTexts('in.ndjson', 2)
    const key = ['--key-env', 'MY_KEY']
    const bearer = await run(to(server.url, ...key), { MY_KEY: 'sk-hush' })
    expect([bearer.status, server.asked.length]).toEqual([2, 0])
    expect(bearer.stderr).toContain('wanted in another header (--key-header)')
    const ran = await run(to(`${server.url}/?api-version=1`, ...key, '--key-header', 'api-key'), { MY_KEY: 'sk-hush' })
    expect([ran.status, labelsOf().length]).toEqual([0, 2])
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
    expect(`${bearer.stderr}${ran.stderr}`).not.toContain('sk-hush')
  })
})
