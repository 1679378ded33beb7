/**
 * The tokens of a text as strings, a list a line: what kernel/tokens.ts gives as hashes, for tools that take words.
 * `wordHash` of each is the token's hash. Cost: ten times the reading of hashes; for files, not for the stream.
 */
import { BLANK, DROPPED, HIGH, LINE, WORD, characters } from '../kernel/characters.ts'

export function spellTokens(text: string): string[][] {
  const table = characters()
  const lines: string[][] = []
  let line: string[] = []
  let word = ''
  const endWord = (): void => {
    if (word !== '') line.push(word)
    word = ''
  }
  for (let i = 0; i < text.length; i++) {
    const entry = table[text.charCodeAt(i)] as number
    const is = entry >>> 16
    if (is === DROPPED) continue
    if (is === WORD) {
      word += String.fromCharCode(entry & 0xffff)
      continue
    }
    endWord()
    if (is === LINE) {
      if (line.length > 0) lines.push(line)
      line = []
    } else if (is === HIGH) {
      const code = text.codePointAt(i) ?? 0
      if (code > 0xffff) i++
      line.push(String.fromCodePoint(code))
    } else if (is !== BLANK) line.push(String.fromCharCode(entry & 0xffff))
  }
  endWord()
  if (line.length > 0) lines.push(line)
  return lines
}
