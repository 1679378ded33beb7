/**
 * The k best of many scores, in fastText's order: a heap as libstdc++ keeps it (bits/stl_heap.h), since which of equal
 * scores stays, and which comes first, is up to its moves. Scores are logarithms; equal ones are common near probability
 * 0, where all are log(1e-5).
 */
export interface Best {
  /** Empties it, and says how many it may hold. */
  open(k: number): void
  /** The lowest score that is held, where as many are held as may be; else −∞. */
  floor(): number
  offer(score: number, id: number): void
  /** Best first. */
  close(): void
  readonly scores: readonly number[]
  readonly ids: readonly number[]
}

export function bestOf(): Best {
  const scores: number[] = []
  const ids: number[] = []
  let limit = 1

  const put = (at: number, from: number): void => {
    scores[at] = scores[from] as number
    ids[at] = ids[from] as number
  }
  /** std::__push_heap with `greater`: the smallest stands at the top. */
  const rise = (start: number, top: number, score: number, id: number): void => {
    let hole = start
    while (hole > top) {
      const parent = (hole - 1) >> 1
      if (!((scores[parent] as number) > score)) break
      put(hole, parent)
      hole = parent
    }
    scores[hole] = score
    ids[hole] = id
  }
  /** std::pop_heap of the first `length`: the top goes to their end. */
  const sink = (length: number): void => {
    const last = length - 1
    const score = scores[last] as number
    const id = ids[last] as number
    put(last, 0)
    let hole = 0
    let child = 0
    while (child < (last - 1) >> 1) {
      child = 2 * (child + 1)
      if ((scores[child] as number) > (scores[child - 1] as number)) child--
      put(hole, child)
      hole = child
    }
    if (last % 2 === 0 && child === (last - 2) >> 1) {
      child = 2 * (child + 1)
      put(hole, child - 1)
      hole = child - 1
    }
    rise(hole, 0, score, id)
  }
  return {
    scores,
    ids,
    open(k) {
      limit = k
      scores.length = ids.length = 0
    },
    floor: () => (scores.length === limit ? (scores[0] as number) : -Infinity),
    offer(score, id) {
      scores.push(score)
      ids.push(id)
      rise(scores.length - 1, 0, score, id)
      if (scores.length <= limit) return
      sink(scores.length)
      scores.pop()
      ids.pop()
    },
    close() {
      for (let length = scores.length; length > 1; length--) sink(length)
    },
  }
}
