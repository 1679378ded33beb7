/**
 * Choices that depend on a name alone, so that the sample is the same on every machine: xorshift32 seeded with FNV-1a of
 * the name. Its quality does not matter here.
 */
export interface Choose {
  /** An integer in [0, end). */
  int(end: number): number
  chance(share: number): boolean
  pick<T>(list: readonly T[]): T
  /** `count` different elements, in random order; all of them if there are fewer. */
  some<T>(list: readonly T[], count: number): T[]
  hex(digits: number): string
}

export function choose(name: string): Choose {
  let state = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) state = Math.imul(state ^ byte, 0x01000193) >>> 0
  state ||= 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state = (state ^ (state << 5)) >>> 0
    return state / 2 ** 32
  }
  for (let i = 0; i < 8; i++) next()
  const int = (end: number): number => Math.floor(next() * end)
  const some = <T>(list: readonly T[], count: number): T[] => {
    const rest = [...list]
    const taken: T[] = []
    while (rest.length > 0 && taken.length < count) taken.push(...rest.splice(int(rest.length), 1))
    return taken
  }
  return {
    int,
    chance: (share) => next() < share,
    pick(list) {
      const value = list[int(list.length)]
      if (value === undefined) throw new Error('nothing to pick from')
      return value
    },
    some,
    hex: (digits) => Array.from({ length: digits }, () => int(16).toString(16)).join(''),
  }
}
