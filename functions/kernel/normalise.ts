/**
 * The text as the models read it, as a string: the plain statement of what `tokens.ts` does in one pass without strings.
 *
 * Units fold as `characters.ts` says, invisible ones go, a run of blanks is one space, line ends are `\n`, and lines
 * without a token go. Versioned: a model names the version that it was trained under, and no other may score for it.
 * Cost: a few hundred ns a unit; for tests, ids and people, not for the stream.
 */
import { BLANK, DROPPED, LINE, characters } from './characters.ts'

export const NORMALISER = 'millrace-norm-1'

export function normalise(text: string): string {
  const table = characters()
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const entry = table[text.charCodeAt(i)] ?? 0
    const is = entry >>> 16
    if (is === DROPPED) continue
    if (is === LINE) out += '\n'
    else if (is === BLANK) out += ' '
    else out += String.fromCharCode(entry & 0xffff)
  }
  return out
    .replaceAll(/ +/g, ' ')
    .replaceAll(/ ?\n ?/g, '\n')
    .replaceAll(/\n+/g, '\n')
    .replaceAll(/^[ \n]+|[ \n]+$/g, '')
}
