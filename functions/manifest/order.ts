/**
 * The order between cells: at every moment the cell that is owed most comes next, counted in tokens.
 *
 * Megatron-LM blends data sets so, one sample at a time: the next sample is of the set furthest below its share
 * (megatron/core/datasets/helpers.cpp). Segments differ in length, so the rule here is its form for packets, worst-case
 * fair weighted fair queueing (Bennett and Zhang, INFOCOM 1996): among the lanes that are not ahead of their share, the
 * one whose next segment would be due first. No lane is ever ahead of its share by as much as its own segment or behind
 * by more than the largest segment; plain "largest deficit" does not keep the second bound when lengths differ. No
 * random numbers; ties go to the lower lane. O(segments · log lanes), two heaps.
 */

interface Heap {
  readonly size: () => number
  readonly push: (lane: number, key: number) => void
  /** The lane with the smallest key, the lower lane of two. */
  readonly pop: () => number
  readonly smallest: () => number
}

function heap(): Heap {
  const lanes: number[] = []
  const keys: number[] = []
  const before = (a: number, b: number): boolean => {
    const [x, y] = [keys[a] ?? 0, keys[b] ?? 0]
    return x === y ? (lanes[a] ?? 0) < (lanes[b] ?? 0) : x < y
  }
  const swap = (a: number, b: number): void => {
    const [lane, key] = [lanes[a] ?? 0, keys[a] ?? 0]
    lanes[a] = lanes[b] ?? 0
    keys[a] = keys[b] ?? 0
    lanes[b] = lane
    keys[b] = key
  }
  return {
    size: () => lanes.length,
    smallest: () => keys[0] ?? Number.POSITIVE_INFINITY,
    push(lane, key) {
      lanes.push(lane)
      keys.push(key)
      let at = lanes.length - 1
      while (at > 0) {
        const parent = (at - 1) >> 1
        if (!before(at, parent)) return
        swap(at, parent)
        at = parent
      }
    },
    pop() {
      const top = lanes[0] ?? -1
      swap(0, lanes.length - 1)
      lanes.pop()
      keys.pop()
      let at = 0
      for (;;) {
        const left = 2 * at + 1
        let least = left < lanes.length && before(left, at) ? left : at
        if (left + 1 < lanes.length && before(left + 1, least)) least = left + 1
        if (least === at) return top
        swap(at, least)
        at = least
      }
    },
  }
}

/** The sequence of lanes; the k-th time a lane is named stands for its k-th segment. `lanes` are segment lengths. */
export function interleave(lanes: readonly (readonly number[])[]): Uint32Array {
  const totals = lanes.map((sizes) => sizes.reduce((sum, size) => sum + size, 0))
  const total = totals.reduce((sum, one) => sum + one, 0)
  const sequence = new Uint32Array(lanes.reduce((sum, sizes) => sum + sizes.length, 0))
  const next = lanes.map(() => 0)
  const given = lanes.map(() => 0)
  const due = heap()
  const ahead = heap()

  // In units of the whole: a lane that has had the fraction f of its tokens is on its share when f of all is read.
  const start = (lane: number): number => (given[lane] ?? 0) / Math.max(1, totals[lane] ?? 0)
  const finish = (lane: number): number =>
    ((given[lane] ?? 0) + (lanes[lane]?.[next[lane] ?? 0] ?? 0)) / Math.max(1, totals[lane] ?? 0)
  for (const [lane, sizes] of lanes.entries()) if (sizes.length > 0) due.push(lane, finish(lane))

  let read = 0
  for (let position = 0; position < sequence.length; position++) {
    while (ahead.size() > 0 && (ahead.smallest() * total <= read || due.size() === 0)) {
      const lane = ahead.pop()
      due.push(lane, finish(lane))
    }
    const lane = due.pop()
    sequence[position] = lane
    const size = lanes[lane]?.[next[lane] ?? 0] ?? 0
    read += size
    given[lane] = (given[lane] ?? 0) + size
    next[lane] = (next[lane] ?? 0) + 1
    if ((next[lane] ?? 0) < (lanes[lane]?.length ?? 0)) ahead.push(lane, start(lane))
  }
  return sequence
}
