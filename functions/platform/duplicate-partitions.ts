/** The duplicate index over Durable Objects: one for each first hex digit of the id. */
import type { Claim, DuplicateIndex, Holding } from '../seal/ports.ts'
import type { DuplicatePartition } from '../seal/duplicates.do.ts'

const PARTITIONS = Array.from({ length: 16 }, (_, digit) => digit.toString(16))

const group = <T>(items: readonly T[], digit: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const own = groups.get(digit(item)) ?? []
    groups.set(digit(item), own)
    own.push(item)
  }
  return groups
}

export function duplicatePartitions(namespace: DurableObjectNamespace<DuplicatePartition>): DuplicateIndex {
  const partition = (digit: string) => namespace.getByName(`partition-${digit}`)
  return {
    async register(claims: readonly Claim[]) {
      const groups = group(claims, ({ id }) => id.charAt(0))
      await Promise.all([...groups].map(([digit, own]) => partition(digit).register(own)))
    },
    async ask(ids, seal) {
      const groups = group([...ids.entries()], ([, id]) => id.charAt(0))
      const holdings: Holding[] = Array.from({ length: ids.length })
      await Promise.all(
        [...groups].map(async ([digit, own]) => {
          const answers = await partition(digit).ask(
            own.map(([, id]) => id),
            seal,
          )
          for (const [i, [position]] of own.entries()) {
            const answer = answers[i]
            if (answer !== undefined) holdings[position] = answer
          }
        }),
      )
      return holdings
    },
    async release(seal) {
      await Promise.all(PARTITIONS.map((digit) => partition(digit).release(seal)))
    },
  }
}
