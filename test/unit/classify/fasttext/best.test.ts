import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bestOf } from '../../../../functions/classify/fasttext/best.ts'

function best(scores: readonly number[], k: number): number[] {
  const heap = bestOf()
  heap.open(k)
  scores.forEach((score, id) => {
    if (score >= heap.floor()) heap.offer(score, id)
  })
  heap.close()
  return [...heap.ids]
}

describe('the best of many', () => {
  // What std::push_heap, pop_heap and sort_heap of libstdc++ 12 give under fastText's loop.
  it.each([
    [[3, 3, 3, 3, 3, 3, 3], 1, [6]],
    [[3, 3, 3, 3, 3, 3, 3], 2, [6, 5]],
    [[3, 3, 3, 3, 3, 3, 3], 3, [6, 1, 5]],
    [[3, 3, 3, 3, 3, 3, 3], 5, [3, 1, 4, 6, 5]],
    [[3, 3, 3, 3, 3, 3, 3], 20, [3, 1, 4, 6, 5, 2, 0]],
    [[1, 1, 2, 2, 1, 1, 2], 2, [6, 3]],
    [[1, 1, 2, 2, 1, 1, 2], 3, [6, 3, 2]],
    [[1, 1, 2, 2, 1, 1, 2], 5, [6, 3, 2, 4, 1]],
    [[1, 1, 2, 2, 1, 1, 2], 20, [6, 3, 2, 4, 1, 5, 0]],
    [[5, 1, 5, 1, 5, 1, 5, 1, 5], 1, [8]],
    [[5, 1, 5, 1, 5, 1, 5, 1, 5], 3, [8, 0, 6]],
    [[5, 1, 5, 1, 5, 1, 5, 1, 5], 5, [0, 4, 6, 8, 2]],
    [[5, 1, 5, 1, 5, 1, 5, 1, 5], 20, [0, 4, 8, 2, 6, 7, 3, 5, 1]],
    [[0, 0, 0, 9, 0, 0, 0, 0, 0, 0], 2, [3, 9]],
    [[0, 0, 0, 9, 0, 0, 0, 0, 0, 0], 3, [3, 9, 8]],
    [[0, 0, 0, 9, 0, 0, 0, 0, 0, 0], 20, [3, 4, 7, 1, 5, 8, 9, 6, 2, 0]],
    [[2, 2, 1, 1, 3, 3, 0, 0, 2, 2, 1], 5, [4, 5, 1, 9, 8]],
    [[2, 2, 1, 1, 3, 3, 0, 0, 2, 2, 1], 20, [5, 4, 1, 8, 9, 0, 3, 10, 2, 7, 6]],
    [[7, 6, 7, 6, 7, 6, 7], 5, [0, 4, 6, 2, 3]],
  ])('%j, at most %i', (scores, k, ids) => expect(best(scores, k)).toEqual(ids))

  it('are the k largest, largest first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 })), fc.integer({ min: 1, max: 12 }), (scores, k) => {
        const found = best(scores, k)
        expect(new Set(found).size).toBe(found.length)
        expect(found.map((id) => scores[id])).toEqual([...scores].sort((a, b) => b - a).slice(0, k))
      }),
    )
  })
})
