/** A reader of passages: a model behind an endpoint. A bad answer is asked again once, with what was wrong with it. */
import { readAnswer } from './answer.ts'
import type { AnswerFault, ReadAnswer } from './answer.ts'
import { EndpointFault } from './reply.ts'
import type { Reply, Tokens } from './reply.ts'
import { bodyOf, FULL, stepDown } from './dialect.ts'
import type { Message } from './dialect.ts'
import type { Endpoint } from './endpoint.ts'
import type { Reading } from './passage.ts'

/** `no-answer`: the endpoint failed on every attempt. */
export type Fault = AnswerFault | 'no-answer'

export type Outcome =
  | { readonly isRead: true; readonly reading: Reading }
  | { readonly isRead: false; readonly reason: Fault; readonly detail: string; readonly answer: string | null }

export interface ReaderOptions {
  readonly endpoint: Endpoint
  readonly model: string
  readonly instructions: string
  readonly maxTokens: number
  readonly extra: Readonly<Record<string, unknown>>
}

/** What each answer cost, null where the endpoint does not count. */
export interface Meter {
  add(tokens: Tokens | null): void
}

/** What is shown of a passage → its reading. Throws an EndpointFault when the endpoint is lost. */
export type Reader = (shown: string, meter: Meter) => Promise<Outcome>

export function createReader({ endpoint, model, instructions, maxTokens, extra }: ReaderOptions): Reader {
  let dialect = FULL
  // From its first completion on the form is known to be taken, and a refusal is about the passage.
  let isSettled = false

  async function exchange(messages: readonly Message[], meter: Meter): Promise<Reply> {
    for (;;) {
      const sent = dialect
      try {
        const reply = await endpoint.ask(bodyOf(sent, { model, messages, maxTokens, extra }))
        isSettled = true
        meter.add(reply.tokens)
        return reply
      } catch (error) {
        if (!(error instanceof EndpointFault) || error.kind !== 'refused') throw error
        // Another passage has found another form meanwhile.
        if (sent !== dialect) continue
        const next = isSettled ? null : stepDown(sent, error.message)
        if (next === null) {
          if (!isSettled) dialect = FULL
          throw error
        }
        dialect = next
      }
    }
  }

  return async (shown, meter) => {
    const messages: Message[] = [
      { role: 'system', content: instructions },
      { role: 'user', content: shown },
    ]
    for (let isAgain = false; ; isAgain = true) {
      let reply: Reply
      try {
        reply = await exchange(messages, meter)
      } catch (error) {
        if (!(error instanceof EndpointFault) || error.kind === 'lost') throw error
        const reason = error.kind === 'refused' ? 'refused' : 'no-answer'
        return { isRead: false, reason, detail: error.message, answer: null }
      }
      const answer = judge(reply, maxTokens)
      if (answer.isGood) return { isRead: true, reading: answer.reading }
      const { reason, detail } = answer
      if (isAgain) return { isRead: false, reason, detail, answer: reply.content }
      // An empty message is refused by some; a cut one would only be long again.
      const said = reply.isCut ? null : reply.content?.trim()
      if (said !== undefined && said !== null && said !== '') messages.push({ role: 'assistant', content: said })
      else messages.pop()
      const complaint = `Your answer is no label: ${detail}. Answer with the JSON object alone, as you were told.`
      messages.push({ role: 'user', content: messages.length === 1 ? `${shown}\n\n${complaint}` : complaint })
    }
  }
}

function judge({ content, refusal, isCut }: Reply, maxTokens: number): ReadAnswer {
  if (refusal !== null) return { isGood: false, reason: 'refused', detail: refusal }
  const answer = readAnswer(content ?? '')
  if (answer.isGood || !isCut) return answer
  return { isGood: false, reason: 'cut-answer', detail: `it was cut after ${maxTokens} tokens: see --max-tokens` }
}
