/** How far long work is: one line that is redrawn on a terminal; elsewhere a plain line now and then. Always on stderr. */
const REDRAW_MS = 100
const FIRST_PLAIN_MS = 10_000
const NEXT_PLAIN_MS = 30_000

export interface Progress {
  add(amount: number): void
  /** Ends the line. */
  done(): void
}

export interface ProgressOptions {
  /** The whole, when it is known. */
  readonly total?: number
  /** `bytes` are written as MB. */
  readonly unit: string
  /** What else is to be told, behind the amounts. */
  readonly note?: () => string
  readonly stream?: { readonly isTTY?: boolean; write(text: string): unknown }
  readonly now?: () => number
}

export function showProgress(
  label: string,
  { total, unit, note = () => '', stream = process.stderr, now = Date.now }: ProgressOptions,
): Progress {
  const tty = stream.isTTY === true
  const beganMs = now()
  let nextMs = tty ? 0 : beganMs + FIRST_PLAIN_MS
  let amount = 0
  let shown = false
  const line = (): string => {
    const seconds = Math.max((now() - beganMs) / 1000, 0.001)
    const whole = total === undefined ? '' : ` (${Math.floor((100 * amount) / Math.max(total, 1))} %)`
    return `${label}: ${amounts(amount, total, unit)}${whole}, ${rate(amount / seconds, unit)}/s${note()}`
  }
  const show = (): void => {
    stream.write(tty ? `\r\u001B[K${line()}` : `${line()}\n`)
    shown = true
  }
  return {
    add(more) {
      amount += more
      const at = now()
      if (at < nextMs) return
      nextMs = at + (tty ? REDRAW_MS : NEXT_PLAIN_MS)
      show()
    },
    done() {
      if (tty && shown) {
        show()
        stream.write('\n')
      }
    },
  }
}

const quantity = (amount: number, unit: string): string =>
  unit === 'bytes' ? `${(amount / 1e6).toFixed(1)} MB` : `${Math.round(amount).toLocaleString('en')} ${unit}`

const amounts = (amount: number, total: number | undefined, unit: string): string => {
  if (total === undefined) return quantity(amount, unit)
  return `${unit === 'bytes' ? quantity(amount, unit) : Math.round(amount).toLocaleString('en')} of ${quantity(total, unit)}`
}

/** Slow work has a rate too. */
const rate = (amount: number, unit: string): string =>
  unit !== 'bytes' && amount < 10 ? `${amount.toFixed(1)} ${unit}` : quantity(amount, unit)
