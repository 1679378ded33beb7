/** A fastText model in workerd: the same file gives the same labels, as native fastText and Node do. */
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { loadFastText, ModelTooLarge, predict } from '../../functions/classify/fasttext/fasttext.ts'

type Expected = Record<1 | 4, [label: string, probability: number][][]>

const bytesOf = (name: string): Uint8Array => new Uint8Array(Buffer.from(env.TEST_FASTTEXT[name] ?? '', 'base64'))
const { lines, models } = JSON.parse(new TextDecoder().decode(bytesOf('expected.json'))) as {
  lines: string[]
  models: Record<string, Expected>
}

describe('fastText models in workerd', () => {
  it.each(Object.entries(models))('%s', (file, expected) => {
    const model = loadFastText(bytesOf(file))
    for (const k of [1, 4] as const) {
      const found = lines.map((line) =>
        predict(model, line, { k }).map(({ label, probability }) => [label, Number(probability.toPrecision(6))]),
      )
      expect(found).toEqual(expected[k])
    }
  })

  it('has room for models of 56 MiB', () => {
    expect(() => loadFastText(new Uint8Array(57 * 2 ** 20))).toThrow(ModelTooLarge)
  })
})
