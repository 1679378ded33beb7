/** `millrace models tokenise`: text as the words that our n-gram models count, for tools that train on words. */
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import { spellTokens } from '../functions/perplexity/spell-tokens.ts'
import { readArguments } from './arguments.ts'

const USAGE = `Usage: millrace models tokenise < TEXT > TOKENS

Reads text in UTF-8 on stdin and writes each line that has a token as its tokens with spaces between: folded as
docs/formats/ngram-model.md says. What "lmplz" makes of it scores text, imported with --tokens millrace.`

export async function tokeniseCommand(args: string[]): Promise<number> {
  readArguments(args, { usage: USAGE, options: {} })
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const lines = spellTokens(line).map((tokens) => `${tokens.join(' ')}\n`)
    if (lines.length > 0 && !process.stdout.write(lines.join(''))) await once(process.stdout, 'drain')
  }
  return 0
}
