/** Models in R2: sent, checked by hash and kind, and never stored when something is wrong. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { WORKER_MODEL_BYTES } from '../../functions/models/slots.ts'
import { damaged, integersFrom, KINDS } from '../support/damage-models.ts'
import { ngramFile, topicFile, topicsFastText } from '../support/small-models.ts'
import { call, problem } from './client.ts'
import { admin, openWorld, push, pushed, sha256Of, stored, world } from './model-client.ts'

beforeEach(openWorld)

describe('PUT /v1/models', () => {
  it.each([
    ['a topic model', topicFile({ lang: 'zh' }), '', { kind: 'topic', lang: 'zh', heldBytes: 2 * 65_536 }],
    ['an n-gram model', ngramFile(), '', { kind: 'ngram', lang: 'en' }],
    ['an unquantised one', ngramFile({ bits: 32 }), '', { kind: 'ngram', heldBytes: 48 * 12 }],
    ['a fastText model', topicsFastText(), '?name=mine', { kind: 'fasttext', lang: '' }],
    ['a quantised one', topicsFastText({ isQuantised: true }), '', { kind: 'fasttext' }],
  ])('stores %s under its hash, however often it comes', async (_, bytes, query, expected) => {
    const first = await push(bytes, { query })
    expect(first).toMatchObject({ status: 201, body: { ...expected, bytes: bytes.length, sha256: sha256Of(bytes) } })
    expect(first.body['id']).toMatch(new RegExp(`@${sha256Of(bytes).slice(0, 12)}$`))
    const again = await push(bytes, { query })
    expect([again.status, again.body]).toEqual([200, first.body])
    expect(await stored()).toEqual([sha256Of(bytes)])
    const list = await call(world, '/v1/models', { key: admin })
    expect(list.body['models']).toEqual([{ ...first.body, active: [] }])
    expect(new Uint8Array((await (await env.CORPUS.get(`models/${sha256Of(bytes)}`))?.arrayBuffer()) ?? [])).toEqual(
      bytes,
    )
  })

  it('refuses bytes of another hash, and stores nothing', async () => {
    const bytes = topicFile()
    const at = sha256Of(ngramFile())
    const answer = await push(bytes, { at })
    expect(answer).toEqual(problem('hash-mismatch', 400, `/v1/models/${at}`))
    expect(answer.body['detail']).toContain(`The body has sha-256 ${sha256Of(bytes)}, its address says ${at}`)
    expect(await stored()).toEqual([])
  })

  it.each([
    ['a PNG image', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a), /field magic at byte 0: .*it is a PNG image/],
    ['a page of an error', new TextEncoder().encode('<html>502</html>'), /field magic at byte 0: .*HTML or XML/],
    ['nothing', new Uint8Array(), /field magic at byte 0: .*the file is empty/],
    ['a cut topic model', topicFile().subarray(0, 60), /topic model: field checksum at byte 56/],
    ['a flipped bit', ngramFile().map((byte, i) => (i === 5000 ? byte ^ 4 : byte)), /n-gram model: field checksum/],
    ['a cut fastText model', topicsFastText().subarray(0, 300), /fastText model: field .* at byte \d+: .*cut short/],
  ])('refuses %s by field and place, and keeps nothing', async (_, bytes, message) => {
    const answer = await push(bytes)
    expect(answer).toEqual(problem('unusable-model', 422, `/v1/models/${sha256Of(bytes)}`))
    expect(answer.body['detail']).toMatch(message)
    expect(await stored()).toEqual([])
    expect((await call(world, '/v1/models', { key: admin })).body['models']).toEqual([])
  })

  it('refuses what no Worker bears, with both figures', async () => {
    const length = WORKER_MODEL_BYTES + 1
    const headers = { 'content-length': String(length) }
    const request = { method: 'PUT', key: admin, headers, body: new Uint8Array(4) }
    const larger = await call(world, `/v1/models/${'0'.repeat(64)}`, request)
    expect(larger).toMatchObject({ status: 422, body: { neededBytes: length, leftBytes: WORKER_MODEL_BYTES } })
    // The file is within, the memory is not.
    const answer = await push(ngramFile({ slots: 56 * 2 ** 18 - 2 ** 13 }))
    expect(answer.status).toBe(422)
    expect(answer.body['detail']).toMatch(/needs 56\.\d MiB in memory, a Worker has 56\.0 MiB for all of its models/)
    const file = new Uint8Array(WORKER_MODEL_BYTES)
    file.set(topicsFastText())
    const fastText = await push(file)
    expect(fastText).toEqual(problem('model-too-large', 422, `/v1/models/${sha256Of(file)}`))
    expect(fastText.body['detail']).toMatch(/takes at least 56\.\d MiB in memory .*, expected at most 56\.0 MiB/)
    for (const { body } of [answer, fastText]) {
      expect(body['neededBytes']).toBeGreaterThan(WORKER_MODEL_BYTES)
      expect(body['leftBytes']).toBe(WORKER_MODEL_BYTES)
    }
    expect(await stored()).toEqual([])
  })

  it('refuses a name for a file that has its own, another for the same bytes, and an address that is no hash', async () => {
    const named = await push(topicFile(), { query: '?name=mine' })
    expect(named.body['detail']).toContain('own name is small-topic, not mine')
    await pushed(topicsFastText(), '?name=first')
    expect((await push(topicsFastText(), { query: '?name=second' })).status).toBe(409)
    expect((await push(topicFile(), { at: 'abc' })).body['detail']).toContain('expected 64 hex digits')
    expect(await stored()).toEqual([sha256Of(topicsFastText())])
  })

  it('mends an object that was replaced', async () => {
    const bytes = ngramFile({ name: 'mended' })
    await pushed(bytes)
    await env.CORPUS.put(`models/${sha256Of(bytes)}`, 'something else')
    expect((await push(bytes)).status).toBe(200)
    expect((await env.CORPUS.head(`models/${sha256Of(bytes)}`))?.size).toBe(bytes.length)
  })
})

describe('files harmed at random', () => {
  it('are never kept where a checksum tells, and otherwise score under another hash', async () => {
    const pick = integersFrom(17)
    for (const { name, bytes, isSummed } of KINDS) {
      for (let round = 0; round < 12; round++) {
        const harmed = damaged(bytes, pick)
        if (sha256Of(harmed) === sha256Of(bytes)) continue
        const { status, body } = await push(harmed)
        if (isSummed) expect([name, round, status]).toEqual([name, round, 422])
        if (status === 422) expect(body['detail']).toMatch(/field .+ at byte \d+: /)
        else expect([status, body['id']]).toEqual([201, `fasttext@${sha256Of(harmed).slice(0, 12)}`])
      }
    }
    const kept = await call(world, '/v1/models?limit=200', { key: admin })
    const ids = (kept.body['models'] as { sha256: string }[]).map(({ sha256 }) => sha256)
    expect((await stored()).sort()).toEqual(ids.sort())
  })
})
