/** The obvious way to count n-grams, with strings: the twin that the fast way is compared with. */
export function slowTopNgram(words: readonly string[], size: number): { chars: number; count: number } {
  const counts = new Map<string, number>()
  for (let i = 0; i + size <= words.length; i++) {
    const gram = words.slice(i, i + size).join(' ')
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  let best = ''
  let bestCount = 0
  for (const [gram, count] of counts) {
    if (count > bestCount) {
      best = gram
      bestCount = count
    }
  }
  return { chars: bestCount === 0 ? 0 : Array.from(best).length - (size - 1), count: bestCount }
}

export function slowRepeatedChars(words: readonly string[], size: number): number {
  const seen = new Set<string>()
  let repeated = 0
  let i = 0
  while (i + size <= words.length) {
    const gram = words.slice(i, i + size).join('')
    if (seen.has(gram)) {
      repeated += Array.from(gram).length
      i += size
    } else {
      seen.add(gram)
      i++
    }
  }
  return repeated
}

export function slowRepeatedShare(words: readonly string[], size: number): number {
  const counts = new Map<string, number>()
  const grams: string[] = []
  for (let i = 0; i + size <= words.length; i++) {
    const gram = words.slice(i, i + size).join('')
    grams.push(gram)
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  if (grams.length === 0) return 0
  return grams.filter((gram) => (counts.get(gram) ?? 0) > 1).length / grams.length
}
