import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { signedRequest, type Signing } from '../support/webhook.ts'
import { call, problem, type Answer } from './client.ts'
import { FAULTS, gateWith } from './faults.ts'
import { articles, storeObject, warcOf } from './pages.ts'
import { drain, newWorld, recover, snapshot, type World } from './world.ts'

const PATH = '/v1/webhooks/batches'
const KEYS = ['crawl/1.warc.gz', 'crawl/2.warc.gz']

const post = (world: Pick<World, 'env'>, message: unknown, signing: Partial<Signing> = {}): Promise<Answer> =>
  call(world, PATH, signedRequest(message, { id: 'msg-1', nowMs: Date.now(), ...signing }))

async function begin(): Promise<World> {
  const world = await newWorld()
  await storeObject('crawl/1.warc.gz', warcOf(articles(2)))
  await storeObject('crawl/2.warc.gz', warcOf(articles(2, { from: 2 })))
  return world
}

describe('a signed webhook', () => {
  let world: World

  beforeEach(async () => {
    world = await begin()
  })

  it('makes a batch of its own that seals by itself', async () => {
    const { status, body } = await post(world, { keys: KEYS, source: 'paper', lang: 'en' })
    expect([status, body]).toMatchObject([202, { state: 'closed', objects: 2 }])
    expect(world.queue).toHaveLength(2)
    await drain(world)
    expect((await snapshot()).rows['batches']).toMatchObject([
      { id: body['batch'], kind: 'webhook', source: 'paper', lang: 'en', state: 'sealed' },
    ])
  })

  it('takes the envelope that the specification recommends', async () => {
    const message = { type: 'crawl.finished', timestamp: '2026-03-01T00:00:00Z', data: { keys: KEYS } }
    expect((await post(world, message)).body).toMatchObject({ objects: 2 })
  })

  it('has one effect when it comes three times, two of them at once', async () => {
    await post(world, { keys: KEYS })
    await drain(world)
    const once = await snapshot()
    const again = await begin()
    const answers = await Promise.all([post(again, { keys: KEYS }), post(again, { keys: KEYS })])
    answers.push(await post(again, { keys: KEYS }))
    expect(new Set(answers.map(({ body }) => body['batch'])).size).toBe(1)
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202])
    await drain(again)
    answers.push(await post(again, { keys: KEYS }))
    expect(answers.at(-1)?.body).toMatchObject({ state: 'sealed', objects: 2 })
    await drain(again)
    expect(await snapshot()).toEqual(once)
  })

  it('freezes what its prefix holds when it first comes', async () => {
    expect((await post(world, { prefix: 'crawl/' })).body).toMatchObject({ objects: 2 })
    await storeObject('crawl/3.warc.gz', warcOf(articles(1, { from: 4 })))
    expect((await post(world, { prefix: 'crawl/' })).body).toMatchObject({ objects: 2 })
    await drain(world)
    expect((await snapshot()).rows['objects']?.map(({ key }) => key).sort()).toEqual(KEYS)
    expect((await post(world, { prefix: 'crawl/' }, { id: 'msg-2' })).body).toMatchObject({ objects: 3 })
  })

  it('lists a prefix page by page', async () => {
    for (let i = 0; i < 5; i++) await env.OBJECTS.put(`many/${i}`, 'x')
    const pages: number[] = []
    const OBJECTS = {
      ...world.env.OBJECTS,
      async list(options: R2ListOptions) {
        const page = await env.OBJECTS.list({ ...options, limit: 2 })
        pages.push(page.objects.length)
        return page
      },
    }
    const small = { ...world.env, OBJECTS }
    expect((await post({ env: small }, { prefix: 'many/' })).body).toMatchObject({ objects: 5 })
    expect(pages).toEqual([2, 2, 1])
    expect(world.queue).toHaveLength(5)
  })

  it('may be sent again once its objects are there', async () => {
    const message = { keys: [...KEYS, 'crawl/late.warc.gz'] }
    const early = await post(world, message)
    expect(early).toEqual(problem('missing-objects', 422, PATH))
    expect(early.body['missing']).toEqual(['crawl/late.warc.gz'])
    expect(world.queue).toEqual([])
    await storeObject('crawl/late.warc.gz', warcOf(articles(1, { from: 4 })))
    expect(await post(world, message)).toMatchObject({ status: 202, body: { objects: 3 } })
  })

  it('leaves nothing behind that was refused: its id may come again with what it should have said', async () => {
    expect((await post(world, { keys: ['crawl/1.warc'] })).status).toBe(422)
    expect((await post(world, { prefix: 'crwal/' })).status).toBe(422)
    const { rows, corpus } = await snapshot()
    expect([rows['webhooks'], Object.keys(corpus)]).toEqual([[], []])
    expect(await post(world, { keys: KEYS })).toMatchObject({ status: 202, body: { objects: 2 } })
    expect(await post(world, { keys: ['crawl/1.warc'] })).toEqual(problem('conflict', 409, PATH))
    expect(await post(world, { keys: KEYS })).toMatchObject({ status: 202, body: { objects: 2 } })
  })

  it('has the effect of one body alone when two come at once under one id', async () => {
    const answers = await Promise.all([post(world, { keys: KEYS }), post(world, { keys: KEYS.slice(1) })])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 409])
    const objects = answers.find(({ status }) => status === 202)?.body['objects']
    await drain(world)
    expect((await snapshot()).rows['objects']).toHaveLength(Number(objects))
  })

  it.each([
    [{ keys: KEYS, langauge: 'en' }, '/'],
    [{ type: 'crawl.finished', data: { keys: KEYS, sorce: 'book' } }, '/data'],
    [{ type: 'crawl.finished', data: { keys: [] } }, '/data/keys'],
  ])('is refused with a name that nobody reads, and says where', async (message, pointer) => {
    const answer = await post(world, message)
    expect(answer).toEqual(problem('invalid-request', 400, PATH))
    expect(answer.body['errors']).toMatchObject([{ pointer }])
  })

  it('is refused above 1 MiB, also when its length is not said', async () => {
    const { headers, body } = signedRequest({ keys: KEYS, lang: 'x'.repeat(1 << 20) }, { id: 'm', nowMs: Date.now() })
    const streamed = { method: 'POST', headers, body: new Blob([body]).stream() }
    expect(await call(world, PATH, { method: 'POST', headers, body })).toEqual(problem('body-too-large', 413, PATH))
    expect(await call(world, PATH, streamed)).toEqual(problem('body-too-large', 413, PATH))
  })

  it.each([{ keys: ['k'.repeat(1025)] }, { keys: ['你'.repeat(342)] }, { prefix: 'k'.repeat(1025) }])(
    'is refused when it names what no key can be',
    async (message) => {
      expect(await post(world, message)).toEqual(problem('invalid-request', 400, PATH))
    },
  )

  it('is refused when its id came with another body', async () => {
    expect((await post(world, { keys: KEYS })).status).toBe(202)
    expect(await post(world, { keys: KEYS.slice(1) })).toEqual(problem('conflict', 409, PATH))
    expect(world.queue).toHaveLength(2)
  })

  it.each<[string, string, number, unknown, Partial<Signing>]>([
    ['a timestamp from before', 'stale-timestamp', 401, { keys: KEYS }, { nowMs: Date.now() - 6 * 60_000 }],
    ['a timestamp from after', 'stale-timestamp', 401, { keys: KEYS }, { nowMs: Date.now() + 6 * 60_000 }],
    ['another secret', 'bad-signature', 401, { keys: KEYS }, { secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['no such prefix', 'missing-objects', 422, { prefix: 'none/' }, {}],
    ['neither keys nor prefix', 'invalid-request', 400, { source: 'web' }, {}],
    ['both keys and prefix', 'invalid-request', 400, { keys: KEYS, prefix: 'crawl/' }, {}],
    ['an unknown source', 'invalid-request', 400, { keys: KEYS, source: 'rumour' }, {}],
    ['no key in its list', 'invalid-request', 400, { keys: [] }, {}],
    ['a body that is no JSON', 'invalid-request', 400, '{"keys": [', {}],
  ])('is refused with %s', async (_, name, status, message, signing) => {
    expect(await post(world, message, signing)).toEqual(problem(name, status, PATH))
    expect(world.queue).toEqual([])
    expect((await snapshot()).rows['batches']).toEqual([])
  })

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('is refused without %s', async (header) => {
    const request = signedRequest({ keys: KEYS }, { id: 'msg-1', nowMs: Date.now() })
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== header))
    expect(await call(world, PATH, { ...request, headers })).toEqual(problem('bad-signature', 401, PATH))
  })

  it('is refused when a byte of the body changed on the way', async () => {
    const request = signedRequest({ keys: KEYS }, { id: 'msg-1', nowMs: Date.now() })
    const body = request.body.replace('crawl/1', 'crawl/3')
    expect(await call(world, PATH, { ...request, body })).toEqual(problem('bad-signature', 401, PATH))
  })

  it('is taken when one of several signatures matches', async () => {
    const request = signedRequest({ keys: KEYS }, { id: 'msg-1', nowMs: Date.now() })
    request.headers['webhook-signature'] = `v1,bm9uZQ== v1a,none ${request.headers['webhook-signature']}`
    expect((await call(world, PATH, request)).status).toBe(202)
  })

  it('says so when no secret is set', async () => {
    const { WEBHOOK_SECRET: _, ...without } = world.env as Cloudflare.Env
    expect(await post({ env: without }, { keys: KEYS })).toEqual(problem('webhooks-off', 503, PATH))
  })
})

describe('a webhook whose request breaks and is sent again', () => {
  it.each(FAULTS)('ends in the same rows and bytes, each write %s in turn', async (fault) => {
    const whole = await begin()
    const count = gateWith()
    expect((await post({ env: whole.through(count) }, { prefix: 'crawl/' })).status).toBe(202)
    await drain(whole)
    const undisturbed = await snapshot()
    for (let at = 1; at <= count.writes.length; at++) {
      const world = await begin()
      const broken = await post({ env: world.through(gateWith(fault, at)) }, { prefix: 'crawl/' })
      expect(broken).toEqual(problem('internal', 500, PATH))
      expect((await post(world, { prefix: 'crawl/' })).status).toBe(202)
      await recover(world)
      expect(await snapshot(), `${fault} at write ${at}, ${count.writes[at - 1]}`).toEqual(undisturbed)
    }
  })
})
