/** Tokens and money, as the endpoint counts them, and the cap: no passage is begun that would go past it if it cost as much as the dearest yet. */
import { EndpointFault } from './reply.ts'
import type { Tokens } from './reply.ts'

export interface Prices {
  /** Per million tokens, in whatever money. */
  readonly in: number
  readonly out: number
}

export interface SpendOptions {
  readonly prices: Prices | null
  /** Infinity for none. */
  readonly maxCost: number
}

/** What one passage costs, with all that is asked again. */
export interface Bill {
  /** Null for an answer that was not counted: throws an EndpointFault where a cap hangs on it. */
  add(tokens: Tokens | null): void
  close(): void
}

export interface Spend {
  readonly tokens: Tokens
  /** Null without prices. */
  readonly cost: number | null
  /** Opens a bill when there is room for it, waiting for those that are open; null when there is none left. */
  open(): Promise<Bill | null>
}

export function createSpend({ prices, maxCost }: SpendOptions): Spend {
  const tokens = { in: 0, out: 0 }
  let dearest = 0
  let numOpen = 0
  let waiting: (() => void)[] = []
  const costOf = (some: Tokens): number => (prices === null ? 0 : (some.in * prices.in + some.out * prices.out) / 1e6)

  return {
    tokens,
    get cost() {
      return prices === null ? null : costOf(tokens)
    },
    async open() {
      while (costOf(tokens) + (numOpen + 1) * dearest > maxCost || costOf(tokens) >= maxCost) {
        if (numOpen === 0) return null
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      numOpen++
      const own = { in: 0, out: 0 }
      return {
        add(more) {
          if (more === null) {
            if (maxCost === Number.POSITIVE_INFINITY) return
            throw new EndpointFault(
              'lost',
              'The endpoint does not count tokens (no "usage" in its answer): --max-cost cannot hold.',
            )
          }
          for (const sum of [tokens, own]) {
            sum.in += more.in
            sum.out += more.out
          }
          dearest = Math.max(dearest, costOf(own))
        },
        close() {
          numOpen--
          const those = waiting
          waiting = []
          for (const wake of those) wake()
        },
      }
    },
  }
}
