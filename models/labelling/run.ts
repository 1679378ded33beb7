/**
 * Passages → labels, several at a time. The first goes alone: what is wrong with address, key, model or form shows there, and what a
 * passage costs. Every passage comes out as a label or as a reject, or is left for the next run, and the three are counted.
 */
import { EndpointFault } from './reply.ts'
import { Stopped } from './endpoint.ts'
import type { LabelLine } from './label-lines.ts'
import type { Passage, Window } from './passage.ts'
import { showPassage } from './passage.ts'
import type { Fault, Meter, Outcome, Reader } from './reader.ts'

/** Passages in a row that the endpoint gave up on, or refused before it took any: it is the endpoint then, not they. */
const MAX_FAILED_IN_ROW = 5

export interface Reject {
  readonly sha256: string
  readonly place: string
  /** 1, or 2 for the reading that measures agreement. */
  readonly reading: 1 | 2
  readonly reason: Fault | 'empty-text'
  readonly detail: string
  /** As the model gave it; null where there was none. */
  readonly answer: string | null
}

export interface LabelOptions {
  readonly concurrency: number
  readonly window: Window
  readonly drawn: LabelLine['drawn']
  readonly reader: Reader
  readonly againReader: Reader
  /** Whether a passage is read a second time. */
  readonly isAgain: (passage: Passage) => boolean
  /** Waits for room under the cap of cost; null when there is none. Closed when the passage is done with. */
  readonly open: () => Promise<(Meter & { close(): void }) | null>
  readonly isStopped: () => boolean
  readonly onLabel: (label: LabelLine) => Promise<void>
  readonly onReject: (reject: Reject) => Promise<void>
}

export type Ending = 'done' | 'max-cost' | 'stopped'

/** Throws what ended it before its time, after all that was under way is written. */
export async function labelPassages(passages: AsyncGenerator<Passage>, options: LabelOptions): Promise<Ending> {
  const { concurrency, isStopped, open } = options
  const state: { ending: Ending; isOver: boolean; failure: unknown } = { ending: 'done', isOver: false, failure: null }
  const readers = [watched(options.reader), watched(options.againReader)] as const

  async function labelNext(): Promise<void> {
    const bill = await open()
    try {
      if (state.isOver) return
      if (isStopped() || bill === null) {
        state.ending = isStopped() ? 'stopped' : 'max-cost'
        state.isOver = true
        return
      }
      const next = await passages.next()
      if (next.done === true) state.isOver = true
      else await labelOne(next.value, { options, readers, meter: bill })
    } finally {
      bill?.close()
    }
  }

  const work = async (isEnough: () => boolean): Promise<void> => {
    try {
      while (!state.isOver && !isEnough()) await labelNext()
    } catch (error) {
      state.isOver = true
      // A disk that is full weighs more than a wish to stop.
      if (state.failure === null || state.failure instanceof Stopped) state.failure = error
    }
  }
  await work(() => readers[0].hasRead())
  await Promise.all(Array.from({ length: concurrency }, () => work(() => false)))
  if (state.failure instanceof Stopped) return 'stopped'
  if (state.failure !== null) throw state.failure
  return state.ending
}

interface Watched {
  readonly read: Reader
  readonly hasRead: () => boolean
  /** Throws when there were too many failures in a row that are the endpoint's. Called when the outcome is written. */
  readonly note: (outcome: Outcome) => void
}

function watched(read: Reader): Watched {
  let hasRead = false
  let failedInRow = 0
  return {
    read,
    hasRead: () => hasRead,
    note(outcome) {
      hasRead ||= outcome.isRead
      const isEndpoints =
        !outcome.isRead && (outcome.reason === 'no-answer' || (outcome.reason === 'refused' && !hasRead))
      failedInRow = isEndpoints ? failedInRow + 1 : 0
      if (outcome.isRead || failedInRow < MAX_FAILED_IN_ROW) return
      const status = outcome.reason === 'refused' ? { status: 400 } : {}
      throw new EndpointFault('lost', `${outcome.detail}\n${failedInRow} texts in a row came to nothing.`, status)
    },
  }
}

interface With {
  readonly options: LabelOptions
  readonly readers: readonly [Watched, Watched]
  readonly meter: Meter
}

async function labelOne(passage: Passage, { options, readers: [reader, againReader], meter }: With): Promise<void> {
  const { window, drawn, isAgain, onLabel, onReject } = options
  const { sha256, lang, place, text } = passage
  const base = { sha256, place }
  if (text.trim() === '') {
    const detail = 'the text is empty or blank, and was not sent'
    await onReject({ ...base, reading: 1, reason: 'empty-text', detail, answer: null })
    return
  }
  const shown = showPassage(passage, window)
  const first = await reader.read(shown, meter)
  if (!first.isRead) {
    await onReject({ ...base, reading: 1, reason: first.reason, detail: first.detail, answer: first.answer })
    reader.note(first)
    return
  }
  reader.note(first)
  const label = { sha256, lang, ...first.reading, drawn }
  if (!isAgain(passage)) {
    await onLabel(label)
    return
  }
  const second = await againReader.read(shown, meter)
  if (second.isRead) {
    await onLabel({ ...label, again: second.reading.topic })
  } else {
    await onLabel(label)
    await onReject({ ...base, reading: 2, reason: second.reason, detail: second.detail, answer: second.answer })
  }
  againReader.note(second)
}
