/** `millrace models label`: topics of texts, by a model behind any endpoint that speaks chat/completions. */
import { adviceFor } from '../models/labelling/advice.ts'
import { agreementOf } from '../models/labelling/agreement.ts'
import { EndpointFault } from '../models/labelling/reply.ts'
import type { Target } from '../models/labelling/chat.ts'
import { createEndpoint, Stopped } from '../models/labelling/endpoint.ts'
import { instructions, readGuidelines } from '../models/labelling/instructions.ts'
import { formatLabel } from '../models/labelling/label-lines.ts'
import { createReader } from '../models/labelling/reader.ts'
import { labelPassages } from '../models/labelling/run.ts'
import type { Ending } from '../models/labelling/run.ts'
import { createSpend } from '../models/labelling/spend.ts'
import type { Spend } from '../models/labelling/spend.ts'
import { UsageError } from './arguments.ts'
import { sizesOf } from './input-files.ts'
import { appendLate, appendLines, checkDistinct, readLabels } from './label-files.ts'
import { countTexts, passagesOf } from './label-inputs.ts'
import { readLabelArguments } from './label-options.ts'
import type { LabelArguments } from './label-options.ts'
import { showProgress } from './progress.ts'

/** As a shell counts a command that Ctrl-C ended. */
const INTERRUPTED = 130
/** A wait worth telling; shorter ones are part of any endpoint's life. */
const LONG_WAIT_MS = 5000

const say = (text: string): void => console.error(`label: ${text}`)
const count = (number: number): string => number.toLocaleString('en')

export async function labelCommand(args: string[]): Promise<number> {
  const options = readLabelArguments(args, process.env)
  const { files, output, rejects, limit, prices, maxCost } = options
  await sizesOf(files)
  await checkDistinct([output, rejects], files)
  const guidelines = readGuidelines()
  const { labels, cutBytes } = await readLabels(output)
  const known = new Set(labels.map(({ sha256 }) => sha256))
  const hasLabel = (sha256: string): boolean => known.has(sha256)
  const { lines, repeated, labelled, toDo } = await countTexts(files, hasLabel)
  if (cutBytes > 0) say(`the last line of ${output} was cut while it was written; its text is sent again`)
  say(
    `${count(lines)} texts, ${count(repeated)} of them repeated, ${count(labelled)} with a label; ${count(toDo)} to do`,
  )
  if (options.key !== null && options.endpoint.protocol === 'http:' && !isLocal(options.endpoint)) {
    say(`the key goes to ${options.endpoint.origin} without encryption`)
  }

  const spend = createSpend({ prices, maxCost })
  const counts = { labelled: 0, rejected: 0, again: 0 }
  const total = Math.min(toDo, limit)
  const progress = showProgress('label', { total, unit: 'texts', note: () => noteOf(spend, counts.rejected) })
  const stopping = stopOnSignals(() => progress.done())
  const endpoint = createEndpoint(targetOf(options), {
    ...stopping,
    onRetry(why, waitMs) {
      if (waitMs < LONG_WAIT_MS) return
      progress.done()
      say(`${why}; again in ${Math.round(waitMs / 1000)} s`)
    },
  })
  const readerOf = (model: string) =>
    createReader({ ...options, endpoint, model, instructions: instructions(guidelines) })
  const reader = readerOf(options.model)
  const written = await appendLines(output, cutBytes)
  const rejected = appendLate(rejects)
  const twice = labels.filter(({ again }) => again !== undefined)
  let ending: Ending = 'done'
  let failure: unknown = null
  try {
    ending = await labelPassages(passagesOf(files, { hasLabel, limit }), {
      ...options,
      reader,
      againReader: options.againModel === options.model ? reader : readerOf(options.againModel),
      // By digits that nothing else is drawn by.
      isAgain: ({ sha256 }) => Number.parseInt(sha256.slice(32, 40), 16) / 2 ** 32 < options.againShare,
      open: () => spend.open(),
      isStopped: () => stopping.stop.aborted,
      async onLabel(label) {
        await written.append(formatLabel(label))
        counts.labelled++
        if (label.again !== undefined) twice.push(label)
        progress.add(1)
      },
      async onReject(reject) {
        await rejected.append(JSON.stringify(reject))
        if (reject.reading === 2) counts.again++
        else {
          counts.rejected++
          progress.add(1)
        }
      },
    })
  } catch (error) {
    failure = error
  } finally {
    progress.done()
    stopping.forget()
    await written.close()
    await rejected.close()
  }

  const left = toDo - counts.labelled - counts.rejected
  say(`${count(counts.labelled)} labelled, ${count(counts.rejected)} rejected, ${count(left)} left${noteOf(spend, 0)}`)
  if (counts.rejected + counts.again > 0)
    say(`${rejects} has the reasons; rejected texts are sent again by the next run`)
  const agreement = agreementOf(twice)
  if (options.againShare > 0 || agreement.texts > 0) sayAgreement(agreement, options)
  if (left > 0) say(`${whyLeft(ending, failure, options)}. The same command goes on from here.`)
  if (failure !== null) throw await explain(failure, options)
  const { cost, tokens } = spend
  const about = { output, labelled: counts.labelled, rejected: counts.rejected, left, tokens, cost, agreement }
  console.log(JSON.stringify(about))
  return ending === 'stopped' && left > 0 ? INTERRUPTED : 0
}

const targetOf = ({ endpoint: url, key, keyHeader, timeoutMs }: LabelArguments): Target => ({
  url,
  key,
  keyHeader,
  timeoutMs,
})

function noteOf({ tokens, cost }: Spend, rejected: number): string {
  const money = cost === null ? '' : `, cost ${cost.toFixed(4)}`
  const bad = rejected === 0 ? '' : `, ${count(rejected)} rejected`
  return `${bad}; ${count(tokens.in)} tokens sent, ${count(tokens.out)} answered${money}`
}

function sayAgreement(
  { texts, same, second, kappa }: ReturnType<typeof agreementOf>,
  { model, againModel }: LabelArguments,
): void {
  if (texts === 0) {
    say('no text was read twice yet')
    return
  }
  const share = (100 * same) / texts
  const chance = kappa === null ? '' : ` (Cohen's kappa ${kappa.toFixed(2)})`
  const self = model === againModel ? `; ${model} mostly agrees with itself: --again-model names another reader` : ''
  say(
    `two readings agree on ${same} of ${texts} texts, ${share.toFixed(1)} %${chance}, on ${second} more by the second topic${self}`,
  )
}

function whyLeft(ending: Ending, failure: unknown, { limit, maxCost }: LabelArguments): string {
  if (failure !== null) return 'Not all is done'
  if (ending === 'stopped') return 'Stopped'
  if (ending === 'max-cost') return `--max-cost ${maxCost} is reached`
  return `--limit ${limit} is reached`
}

/** The fault with what can be done about it; a user's mistake where no request has ever passed. */
async function explain(failure: unknown, options: LabelArguments): Promise<unknown> {
  if (!(failure instanceof EndpointFault)) return failure
  const advice = await adviceFor(failure, targetOf(options), options.model)
  const told = advice === null ? failure.message : `${failure.message}\n${advice}`
  const isUsers =
    failure.status === null
      ? /cannot be reached|web page|no chat completion/.test(told)
      : failure.status < 500 && failure.status !== 429
  return isUsers ? new UsageError(told) : new Error(told, { cause: failure })
}

const isLocal = ({ hostname }: URL): boolean => /^(localhost|127\..*|\[::1\])$/.test(hostname)

/** The first signal ends the work in order, the second at once. */
function stopOnSignals(onSignal: () => void): { stop: AbortSignal; giveUp: AbortSignal; forget: () => void } {
  const stop = new AbortController()
  const giveUp = new AbortController()
  const listen = (): void => {
    onSignal()
    if (stop.signal.aborted) giveUp.abort(new Stopped())
    else {
      say('stopping: what is under way comes to its end; once more to give it up')
      stop.abort(new Stopped())
    }
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, listen)
  return {
    stop: stop.signal,
    giveUp: giveUp.signal,
    forget() {
      for (const signal of signals) process.off(signal, listen)
    },
  }
}
