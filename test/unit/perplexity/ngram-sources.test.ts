import { describe, expect, it } from 'vitest'
import { notCounted } from '../../../models/training/ngram-sources.ts'

async function* pieces(...texts: string[]): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(text)
}

const LONG = 'The wheel turns in the stream, and the stream turns the wheel.'

describe('what was not counted', () => {
  it('leaves out texts of which a long line is in a source, wherever it stands', async () => {
    const texts = [`A title\n  ${LONG}\nAn end`, 'A title\nAn end', `${LONG} And more.`, `${LONG}\n${LONG}`]
    const found = await notCounted(texts, [pieces('A title\n', 'An end\n'), pieces(`Before\n${LONG}\r\nbehind`)])
    expect(found).toEqual(['A title\nAn end', `${LONG} And more.`])
  })

  it('keeps all where nothing was counted', async () => {
    expect(await notCounted([LONG, LONG], [])).toEqual([LONG, LONG])
  })
})
