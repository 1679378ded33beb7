/**
 * The order between cells, languages first: the cells of a language are interleaved among themselves, then the languages
 * among each other, both by largest deficit (order.ts). A cell whose whole quota is one document is due only at its
 * phase's end; taken all together, the many such cells of a small corpus would leave one language to the end.
 * Bound: a cell is at most one segment of its own and one of its language from its share (hierarchical fair queueing,
 * Bennett and Zhang 1997, section 3).
 */
import { interleave } from './order.ts'

export interface OrderedLane {
  readonly cell: string
  readonly segments: readonly { readonly tokens: number }[]
}

/** Synthetic documents are a part of the mixture of their own, as in the recipe. */
const partOf = ({ cell }: OrderedLane): string => {
  const [source = '', lang = ''] = cell.split('/')
  return source === 'synthetic' ? source : lang
}

const tokensOf = ({ segments }: OrderedLane): number[] => segments.map(({ tokens }) => tokens)

/** Numbers of the lanes, one for each segment, in the order in which their next segments are read. */
export function nestedOrder(lanes: readonly OrderedLane[]): number[] {
  const parts = new Map<string, number[]>()
  for (const [number, lane] of lanes.entries()) {
    const part = partOf(lane)
    parts.set(part, [...(parts.get(part) ?? []), number])
  }
  const inside = [...parts.values()].map((numbers) => {
    const own = numbers.flatMap((number) => lanes[number] ?? [])
    const next = own.map(() => 0)
    return [...interleave(own.map((lane) => tokensOf(lane)))].map((k) => {
      const segment = next[k] ?? 0
      next[k] = segment + 1
      return { lane: numbers[k] ?? 0, tokens: own[k]?.segments[segment]?.tokens ?? 0 }
    })
  })
  const at = inside.map(() => 0)
  return [...interleave(inside.map((steps) => steps.map(({ tokens }) => tokens)))].map((k) => {
    const step = at[k] ?? 0
    at[k] = step + 1
    return inside[k]?.[step]?.lane ?? 0
  })
}
