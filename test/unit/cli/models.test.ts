import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadNgramModel } from '../../../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../../../functions/perplexity/score.ts'
import { runCommand } from '../../support/command.ts'
import type { Ran } from '../../support/command.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-models-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (args: readonly string[], input = ''): Ran => runCommand(['models', ...args], { cwd: folder, input })

const ARPA =
  '\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n-3 <unk>\n-99 <s> -0.5\n-1 </s>\n-1 wheel -0.25\n\n\\2-grams:\n-0.5 <s> wheel\n\n\\end\\\n'

describe('millrace models import-arpa', () => {
  writeFileSync(path.join(folder, 'Tiny Model.arpa'), ARPA)

  it('writes a model that scores, and says what it is', () => {
    const { status, stdout, stderr } = run([
      'import-arpa',
      'Tiny Model.arpa',
      '-o',
      'a.bin',
      '--tokens',
      'millrace',
      '--quantise',
      'none',
      '--lang',
      'en',
    ])
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const about = JSON.parse(stdout) as { id: string }
    const model = loadNgramModel(readFileSync(path.join(folder, 'a.bin')))
    expect(about).toMatchObject({ id: model.id, ngrams: [4, 1], unknown: -3, filledIn: 0, shadowed: 0, foreign: 0 })
    expect(model.id).toMatch(/^tiny-model@/)
    expect(scorePerplexity(model, 'Wheel wheel').log10p).toBeCloseTo(-0.5 - 0.25 - 1 - 0.25 - 1, 6)
  })

  it('leaves no file behind for a bad one', () => {
    writeFileSync(path.join(folder, 'bad.arpa'), ARPA.replace('-1 wheel', '1 wheel'))
    const { status, stderr } = run(['import-arpa', 'bad.arpa', '-o', 'bad.bin'])
    expect(status).not.toBe(0)
    expect(stderr).toContain('bad.arpa: line 9: found log10 p = 1, expected 0 or less')
    expect(stderr).not.toContain('    at ')
    expect(existsSync(path.join(folder, 'bad.bin'))).toBe(false)
  })

  it.each([
    ['no output', ['Tiny Model.arpa'], '-o FILE is missing'],
    ['a missing file', ['none.arpa', '-o', 'x'], 'There is no file none.arpa'],
    ['another width', ['Tiny Model.arpa', '-o', 'x', '--quantise', '4'], '--quantise is "4", expected 8 or none'],
    ['another language', ['Tiny Model.arpa', '-o', 'x', '--lang', 'EN'], '--lang is "EN", expected 1 to 8 lower-case'],
  ])('turns away %s', (_, args, message) => {
    const { status, stderr } = run(['import-arpa', ...args])
    expect(status).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe('millrace models tokenise', () => {
  it('writes the tokens of each line', () => {
    const { status, stdout } = run(['tokenise'], 'The “Wheel” turns.\n\n \n水车 19\r\n')
    expect(status).toBe(0)
    expect(stdout).toBe('the " wheel " turns .\n水 车 00\n')
  })
})

describe('millrace models', () => {
  it('names its actions when it gets another', () => {
    const { status, stderr } = run(['import'])
    expect(status).toBe(2)
    expect(stderr).toContain('There is no action "import"')
  })
})
