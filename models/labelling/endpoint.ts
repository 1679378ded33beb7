/**
 * An endpoint with patience: what may pass is asked again after a wait that doubles, or that the endpoint names; when it is asked for
 * quiet, all who ask keep quiet. What cannot pass is told at once.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { postChat } from './chat.ts'
import { EndpointFault } from './reply.ts'
import type { Target } from './chat.ts'
import type { Reply } from './reply.ts'

// .5 + 1 + 2 + 4 + 8 + 16 + 30 s: a server that starts again within a minute is waited for.
const ATTEMPTS = 8
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
/** Who names a longer wait is not waited for: the work goes on when it is started again. */
const LONGEST_ASKED_MS = 600_000

/** The user wants an end. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

export interface EndpointOptions {
  /** Aborted with a Stopped: nothing is asked again; what is under way comes to its end. */
  readonly stop: AbortSignal
  /** Aborted with a Stopped: what is under way is given up too. */
  readonly giveUp: AbortSignal
  readonly onRetry: (why: string, waitMs: number) => void
  readonly attempts?: number
  /** Scale of our own waits; tests make it small. */
  readonly waitScale?: number
}

export interface Endpoint {
  readonly target: Target
  /** False until there was a completion: whatever is wrong may be the user's address, key or model. */
  readonly hasAnswered: boolean
  /** Throws an EndpointFault of the kind `passing` after the last attempt, and what `stop` was aborted with. */
  ask(body: string): Promise<Reply>
}

export function createEndpoint(target: Target, options: EndpointOptions): Endpoint {
  const { stop, giveUp, onRetry, attempts = ATTEMPTS, waitScale = 1 } = options
  let hasAnswered = false
  let quietUntilMs = 0

  async function pause(untilMs: number): Promise<void> {
    stop.throwIfAborted()
    const waitMs = untilMs - Date.now()
    // An aborted sleep throws an error of its own; what was stopped for is told instead.
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: stop }).catch(() => {})
    stop.throwIfAborted()
  }

  async function ask(body: string): Promise<Reply> {
    for (let attempt = 1; ; attempt++) {
      while (Date.now() < quietUntilMs) await pause(quietUntilMs)
      try {
        const reply = await postChat(target, body, giveUp)
        hasAnswered = true
        return reply
      } catch (error) {
        if (!(error instanceof EndpointFault)) throw error
        const fault = judge(error)
        if (fault.kind !== 'passing') throw fault
        if (attempt >= attempts) {
          throw new EndpointFault('passing', `${fault.message} (attempt ${attempt} of ${attempts})`, { cause: error })
        }
        const asked = fault.waitMs ?? 0
        const own = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS) * (0.75 + Math.random() / 2)
        const waitMs = Math.max(own * waitScale, asked)
        onRetry(fault.message, waitMs)
        const untilMs = Date.now() + waitMs
        if (fault.waitMs !== null || fault.status === 429) quietUntilMs = Math.max(quietUntilMs, untilMs)
        await pause(untilMs)
      }
    }
  }

  function judge(fault: EndpointFault): EndpointFault {
    const { kind, status, waitMs, message } = fault
    if (waitMs !== null && waitMs > LONGEST_ASKED_MS && kind === 'passing') {
      const minutes = Math.ceil(waitMs / 60_000)
      return new EndpointFault('lost', `${message}\nIt asks to wait ${minutes} minutes.`, {
        status: status ?? 0,
        cause: fault,
      })
    }
    if (kind === 'silent') return new EndpointFault(hasAnswered ? 'passing' : 'lost', message, { cause: fault })
    // A key that may not be used; later the same number is said of a text that is not wanted.
    if (status === 403 && !hasAnswered) return new EndpointFault('lost', message, { status, cause: fault })
    return fault
  }

  return {
    target,
    get hasAnswered() {
      return hasAnswered
    },
    ask,
  }
}
