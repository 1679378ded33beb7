/** One endpoint, over HTTP, with what can go wrong between. */
import { describe, expect, it } from 'vitest'
import { EndpointFault } from '../../../models/labelling/reply.ts'
import { createEndpoint, Stopped } from '../../../models/labelling/endpoint.ts'
import { createReader } from '../../../models/labelling/reader.ts'
import type { Outcome } from '../../../models/labelling/reader.ts'
import { chatServer, failure } from '../../support/chat-server.ts'
import type { Asked, ChatServerOptions, Fault } from '../../support/chat-server.ts'

interface More {
  readonly key?: string
  readonly attempts?: number
  readonly timeoutMs?: number
  readonly waitScale?: number
  readonly stop?: AbortSignal
}

async function readTexts(texts: readonly string[], server: ChatServerOptions, more: More = {}) {
  await using at = await chatServer(server)
  const retries: string[] = []
  const { key = null, timeoutMs = 5000, attempts = 3, waitScale = 0.01, stop = new AbortController().signal } = more
  const endpoint = createEndpoint(
    { url: new URL(at.url), key, keyHeader: null, timeoutMs },
    { stop, giveUp: stop, attempts, waitScale, onRetry: (why) => retries.push(why) },
  )
  const reader = createReader({ endpoint, model: 'reader', instructions: 'Label it. JSON.', maxTokens: 50, extra: {} })
  const tokens = { in: 0, out: 0 }
  const meter = {
    add(some: { in: number; out: number } | null) {
      tokens.in += some?.in ?? 0
      tokens.out += some?.out ?? 0
    },
  }
  const outcomes: (Outcome | EndpointFault)[] = []
  for (const text of texts) {
    outcomes.push(
      await reader(text, meter).catch((error: unknown) => {
        if (error instanceof EndpointFault) return error
        throw error
      }),
    )
  }
  return { outcomes, asked: at.asked, retries, tokens }
}

const law = { isRead: true, reading: { topic: 'law-policy', second: null } }
const once =
  (...faults: (Fault | null)[]) =>
  (_: Asked, count: number): Fault | null =>
    faults[count - 1] ?? null
const status = (code: number, body: unknown = failure('no'), headers: Record<string, string> = {}): Fault => ({
  kind: 'status',
  status: code,
  body,
  headers,
})

describe('what passes is asked again', () => {
  it.each<[string, Fault, RegExp]>([
    ['429', status(429, failure('Rate limit reached')), /answered 429: Rate limit reached/],
    ['500 with a web page', status(500, '<html><h1>Internal error</h1></html>'), /answered 500: Internal error/],
    ['529', status(529), /answered 529/],
    ['a connection that drops', { kind: 'drop' }, /was cut/],
    ['an answer that is cut off', { kind: 'cut' }, /was cut/],
    ['JSON that is broken', { kind: 'json', text: '{"choices": [' }, /cut or broken/],
    [
      'a failure told with 200',
      { kind: 'json', text: '{"error": {"message": "upstream", "code": 502}}' },
      /answered 502: upstream/,
    ],
  ])('after %s', async (_, fault, why) => {
    const { outcomes, asked, retries } = await readTexts(['topic=law-policy'], { fault: once(fault, fault) })
    expect(outcomes).toEqual([law])
    expect(asked.length).toBe(3)
    expect(retries).toEqual([expect.stringMatching(why), expect.stringMatching(why)])
  })

  it('after no answer in time', async () => {
    const { outcomes, retries } = await readTexts(
      ['topic=law-policy'],
      { fault: once({ kind: 'hang' }) },
      { timeoutMs: 200 },
    )
    expect(outcomes).toEqual([law])
    expect(retries).toEqual([expect.stringMatching(/did not answer within 0.2 s/)])
  })

  it('no sooner than the endpoint asks', async () => {
    const fault = once(
      status(429, failure('slow down'), { 'retry-after': '1' }),
      status(503, '', { 'retry-after-ms': '300' }),
    )
    const { asked } = await readTexts(['a'], { fault }, { waitScale: 0 })
    const [first = 0, second = 0, third = 0] = asked.map(({ atMs }) => atMs)
    expect(second - first).toBeGreaterThanOrEqual(990)
    expect(third - second).toBeGreaterThanOrEqual(290)
  })

  it('until the attempts are over', async () => {
    const { outcomes, asked } = await readTexts(['a'], { fault: () => status(500) })
    expect(outcomes).toEqual([
      { isRead: false, reason: 'no-answer', detail: expect.stringMatching(/500.*attempt 3 of 3/), answer: null },
    ])
    expect(asked.length).toBe(3)
  })

  it('but not when it is to be in hours', async () => {
    const fault = once(status(429, failure('daily limit'), { 'retry-after': '7200' }))
    const { outcomes, asked } = await readTexts(['a'], { fault })
    expect(outcomes).toEqual([
      expect.objectContaining({ kind: 'lost', message: expect.stringMatching(/asks to wait 120 minutes/) }),
    ])
    expect(asked.length).toBe(1)
  })

  it('and keeps all quiet when one is told to be', async () => {
    await using at = await chatServer({ fault: once(status(429, failure('x'), { 'retry-after': '1' })) })
    const { signal } = new AbortController()
    const options = { stop: signal, giveUp: signal, onRetry: () => {} }
    const endpoint = createEndpoint({ url: new URL(at.url), key: null, keyHeader: null, timeoutMs: 5000 }, options)
    const body = JSON.stringify({ model: 'reader', messages: [] })
    const first = endpoint.ask(body)
    while (at.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await Promise.all([first, endpoint.ask(body), endpoint.ask(body)])
    const [began = 0, ...later] = at.asked.map(({ atMs }) => atMs)
    expect(later.length).toBe(3)
    for (const atMs of later) expect(atMs - began).toBeGreaterThanOrEqual(990)
  })
})

describe('what cannot pass is told at once', () => {
  it.each<[string, Fault, RegExp]>([
    ['a key that is not taken', status(401, failure('bad key')), /answered 401: bad key/],
    ['a key that may not', status(403), /answered 403/],
    [
      'an empty account',
      status(429, failure('You exceeded your current quota', 'insufficient_quota')),
      /insufficient_quota/,
    ],
    ['nothing there', status(404, '<html>Not found</html>'), /answered 404: Not found/],
    ['a redirect', status(307, '', { location: 'http://elsewhere/' }), /answered 307/],
    ['a web page', { kind: 'page' }, /web page, expected JSON: Sign in Welcome/],
    ['JSON of something else', { kind: 'json', text: '{"hello": 1}' }, /no chat completion: {"hello": 1}/],
  ])('%s', async (_, fault, message) => {
    const { outcomes, asked } = await readTexts(['a'], { fault: () => fault })
    expect(outcomes).toEqual([expect.objectContaining({ kind: 'lost', message: expect.stringMatching(message) })])
    expect(asked.length).toBe(1)
  })

  it('an address where nobody listens', async () => {
    const { url } = await (async () => {
      await using gone = await chatServer()
      return gone
    })()
    const { signal } = new AbortController()
    const endpoint = createEndpoint(
      { url: new URL(url), key: null, keyHeader: null, timeoutMs: 5000 },
      { stop: signal, giveUp: signal, onRetry: () => {} },
    )
    await expect(endpoint.ask('{}')).rejects.toMatchObject({
      kind: 'lost',
      message: expect.stringMatching(/cannot be reached: .*ECONNREFUSED/),
    })
  })

  it('but a web page amid answers is a relay that failed', async () => {
    const { outcomes, asked } = await readTexts(['topic=law-policy', 'topic=law-policy'], {
      fault: once(null, { kind: 'page' }),
    })
    expect([outcomes, asked.length]).toEqual([[law, law], 3])
  })

  it('and no message has the key in it', async () => {
    const key = 'sk-very-secret'
    const { outcomes } = await readTexts(['a'], { key: 'another' }, { key })
    expect(outcomes).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/Incorrect API key provided: \*\*\*/) }),
    ])
    expect((outcomes[0] as EndpointFault).message).not.toContain(key)
  })

  it('stops waiting when the user wants an end', async () => {
    const control = new AbortController()
    setTimeout(() => control.abort(new Stopped()), 100)
    const fault = once(status(429, '', { 'retry-after': '60' }))
    await expect(readTexts(['a'], { fault }, { stop: control.signal })).rejects.toThrow(Stopped)
  })
})

describe('a bad answer', () => {
  const says = (content: string | null, more: { finish?: string; refusal?: string } = {}): Fault => ({
    kind: 'content',
    content,
    ...more,
  })

  it('is asked again once, with what was wrong', async () => {
    const { outcomes, asked, tokens } = await readTexts(['topic=law-policy'], { fault: once(says('It is law.')) })
    expect(outcomes).toEqual([law])
    expect(asked[1]?.body.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user'])
    expect(asked[1]?.body.messages[2]?.content).toBe('It is law.')
    expect(asked[1]?.body.messages[3]?.content).toMatch(/^Your answer is no label: .*JSON/)
    // Both were paid for.
    expect(tokens).toEqual({ in: 2000, out: 40 })
  })

  it.each([
    ['not-json', says('It is law.'), 'It is law.', /JSON/],
    ['unknown-topic', says('{"topic": "law", "second": null}'), '{"topic": "law", "second": null}', /"topic" is "law"/],
    [
      'cut-answer',
      says('{"topic": "law-', { finish: 'length' }),
      '{"topic": "law-',
      /after 50 tokens: see --max-tokens/,
    ],
    ['refused', says(null, { refusal: 'I cannot read this' }), null, /cannot read/],
    ['not-json', says(null), null, /empty/],
  ])('that comes twice is a reject and no guess: %s', async (reason, fault, answer, detail) => {
    const { outcomes, asked } = await readTexts(['a'], { fault: () => fault })
    expect(outcomes).toEqual([{ isRead: false, reason, detail: expect.stringMatching(detail), answer }])
    expect(asked.length).toBe(2)
    for (const { body } of asked) for (const { content } of body.messages) expect(content.length).toBeGreaterThan(0)
  })

  it('is a reject of one text where the endpoint refuses that text', async () => {
    const fault = ({ said }: Asked): Fault | null =>
      said.includes('long') ? status(400, failure('maximum context length is 9 tokens')) : null
    const { outcomes, asked } = await readTexts(['topic=law-policy', 'long', 'topic=law-policy'], { fault })
    expect(outcomes).toEqual([
      law,
      expect.objectContaining({ reason: 'refused', detail: expect.stringMatching(/maximum context/) }),
      law,
    ])
    expect(asked.length).toBe(3)
  })
})

describe('an endpoint that takes less', () => {
  it.each([
    [[], { response_format: { type: 'json_schema' }, temperature: 0, max_tokens: 50 }],
    [['json_schema'], { response_format: { type: 'json_object' }, temperature: 0, max_tokens: 50 }],
    [['json_schema', 'json_object'], { temperature: 0, max_tokens: 50 }],
    [['max_tokens', 'temperature'], { response_format: { type: 'json_schema' }, max_completion_tokens: 50 }],
    [
      ['system role', 'json_schema', 'max_tokens', 'max_completion_tokens'],
      { response_format: { type: 'json_object' }, temperature: 0 },
    ],
  ])('than %j is spoken to without, from the second text on at once', async (refuses, body) => {
    const { outcomes, asked } = await readTexts(['topic=law-policy', 'topic=law-policy'], { refuses })
    expect(outcomes).toEqual([law, law])
    expect(asked.length).toBe(2 + refuses.length)
    const { model: _, messages, ...rest } = asked.at(-1)?.body ?? { model: '', messages: [] }
    expect(rest).toMatchObject(body)
    expect(Object.keys(rest).sort()).toEqual(Object.keys(body).sort())
    expect(messages[0]?.role).toBe(refuses.includes('system role') ? 'user' : 'system')
    expect(messages[0]?.content).toContain('Label it.')
  })

  it('is asked for the schema of a label', async () => {
    const { asked } = await readTexts(['a'], {})
    const schema = asked[0]?.body.response_format?.json_schema?.schema
    expect(schema).toMatchObject({ required: ['topic', 'second'], additionalProperties: false })
  })
})
