/** `millrace models train-topic` from files to a model that classifies, and what it says of files that will not do. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { setBitsFor } from '../../../cli/train-topic-options.ts'
import { classifyTopic } from '../../../functions/classify/classify.ts'
import { loadTopicModel } from '../../../functions/classify/topic-model.ts'
import { sha256 } from '../../../models/training/texts.ts'
import { runCommand, startCommand } from '../../support/command.ts'
import { ndjson, topicTexts } from '../../support/topic-texts.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-train-topic-'))
const cache = path.join(folder, 'cache')
mkdirSync(cache)
afterAll(() => rmSync(folder, { recursive: true }))

interface Summary {
  readonly id: string
  readonly bytes: number
  readonly texts: number
  readonly strict: number
  readonly ece: number
  readonly confusion: readonly (readonly number[])[]
  readonly counts: {
    readonly learnt: number[]
    readonly repeated: number
    readonly leaked: number
    readonly unlabelled: number
  }
}

const args = (given: readonly string[]): string[] => [
  'models',
  'train-topic',
  '--lang',
  'en',
  '--folder',
  cache,
  ...given,
]

function train(given: readonly string[]): { status: number | null; stderr: string; summary: Summary } {
  const { status, stdout, stderr } = runCommand(args(given), { cwd: folder })
  return { status, stderr, summary: (status === 0 ? JSON.parse(stdout) : null) as Summary }
}

const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(path.join(folder, name), content)
  return name
}
const read = (name: string): Buffer => readFileSync(path.join(folder, name))

const texts = topicTexts(40, 1)
const all = file('all.ndjson', ndjson(texts))

describe('millrace models train-topic', () => {
  it('trains a model that classifies texts it has not seen, and writes its card', () => {
    const { status, stderr, summary } = train([all, '-o', 'first.bin'])
    expect(stderr).toContain('train-topic: epoch 1: loss')
    expect(status).toBe(0)
    expect(readdirSync(cache)).toEqual([])
    const model = loadTopicModel(read('first.bin'))
    expect(model.id).toBe(summary.id)
    expect(read('first.bin').length).toBe(summary.bytes)
    const fresh = topicTexts(10, 2)
    const right = fresh.filter(({ text, topic }) => classifyTopic(model, { text }).topic === topic)
    expect(right.length).toBeGreaterThan(0.95 * fresh.length)
    expect(summary.strict).toBeGreaterThan(0.9)
    expect(summary.confusion.flat().reduce((sum, n) => sum + n, 0)).toBe(summary.texts)
    expect(summary.texts + summary.counts.learnt.reduce((sum, n) => sum + n, 0)).toBe(texts.length)
    const card = read('first.card.md').toString()
    expect(card).toContain(`# Topic model ${summary.id}`)
    for (const part of ['## Reliability', '## Confusion', '| biology-chemistry |', 'expected calibration error']) {
      expect(card).toContain(part)
    }
  })

  it('gives the same bytes again, by threads or none, packed or not', () => {
    file('all.ndjson.gz', gzipSync(read(all)))
    file('half.zst', zstdCompressSync(Buffer.from(ndjson(texts.slice(0, 200)))))
    file('rest.ndjson', ndjson(texts.slice(200)))
    for (const given of [
      [all, '--threads', '0'],
      ['all.ndjson.gz', '--threads', '1'],
      ['half.zst', 'rest.ndjson'],
    ]) {
      expect(train([...given, '--name', 'first', '-o', 'again.bin']).status).toBe(0)
      expect(read('again.bin').equals(read('first.bin'))).toBe(true)
    }
    expect(train([all, '--name', 'first', '--seed', '2', '-o', 'again.bin']).status).toBe(0)
    expect(read('again.bin').equals(read('first.bin'))).toBe(false)
  })

  it('begins anew after so many texts, and says so in the card', () => {
    const weights = (given: readonly string[]): Buffer => {
      const { status } = train([all, '--epochs', '3', '--patience', '0', ...given, '--name', 'runs', '-o', 'runs.bin'])
      expect(status).toBe(0)
      return read('runs.bin')
    }
    const short = weights(['--run-texts', '100'])
    expect(read('runs.card.md').toString()).toContain('3 epochs in 3 runs for their weights;')
    const whole = weights(['--run-texts', '0'])
    expect(read('runs.card.md').toString()).toContain('3 epochs for their weights; guesses')
    expect(whole.equals(short)).toBe(false)
    // 30,000 texts are more than three epochs of these.
    expect(weights([]).equals(whole)).toBe(true)
    expect(train([all, '--run-texts', '-1', '-o', 'x.bin']).stderr).toContain('--run-texts')
  })

  it('joins labels by hash with texts, learns from texts without a label, and measures each fold once', () => {
    const labels = texts.map(({ text, topic }) => ({ sha256: sha256(text), lang: 'en', topic, second: null }))
    file('labels.ndjson', ndjson([...labels, { sha256: sha256('x'), lang: 'zh', topic: 'other' }]))
    const others = topicTexts(5, 7).map(({ text }) => ({ text }))
    file('texts.ndjson', ndjson([...others, ...texts.map(({ text }) => ({ text, topic: 'not read' }))]))
    const { status, stderr, summary } = train([
      'labels.ndjson',
      '--texts',
      'texts.ndjson',
      '--folds',
      '3',
      '--guess-weight',
      '0.5',
      '-o',
      'joined.bin',
    ])
    expect(stderr).toContain('1 lines of other languages than en are left out')
    expect(status).toBe(0)
    expect(summary).toMatchObject({ texts: texts.length, counts: { unlabelled: 55 } })
    expect(summary.strict).toBeGreaterThan(0.9)
  })

  it('measures by a file of its own, and keeps its texts out of training', () => {
    file('held.ndjson', ndjson([...topicTexts(4, 3), ...texts.slice(0, 11)]))
    const { status, stderr, summary } = train([all, '--held-out', 'held.ndjson', '-o', 'held.bin'])
    expect(status).toBe(0)
    expect(stderr).toContain('11 texts to learn from are held-out texts and are left out')
    expect(summary).toMatchObject({ texts: 55, counts: { leaked: 11 } })
    expect(summary.counts.learnt.reduce((sum, n) => sum + n, 0)).toBe(texts.length - 11)
  })

  it('leaves out texts that come again, and says which way', () => {
    const [first] = texts
    file('twice.ndjson', ndjson([...texts, first ?? {}, { ...first, topic: 'law-policy' }]))
    const { stderr } = train(['twice.ndjson', '-o', 'twice.bin'])
    expect(stderr).toContain('1 texts came before and are left out')
    expect(stderr).toContain('1 texts came before with another topic and are left out')
  })

  it('takes more labels that nothing is measured by', () => {
    file('weak.ndjson', ndjson(topicTexts(20, 5)))
    const { summary } = train([
      all,
      '--extra',
      'weak.ndjson',
      '--extra-weight',
      '0.3',
      '--folds',
      '2',
      '-o',
      'extra.bin',
    ])
    expect(summary.texts).toBe(texts.length)
    expect(summary.counts.learnt.reduce((sum, n) => sum + n, 0)).toBe(texts.length + 220)
  })

  it('leaves nothing behind when it is interrupted', async () => {
    file('many.ndjson', ndjson(topicTexts(2000, 4)))
    const options = ['--epochs', '1000', '--patience', '1000']
    const { said, kill, ended } = startCommand(args(['many.ndjson', '-o', 'never.bin', ...options]), { cwd: folder })
    await said('epoch 2')
    kill('SIGINT')
    expect((await ended).signal).toBe('SIGINT')
    expect(readdirSync(cache)).toEqual([])
    expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([])
  })
})

describe('millrace models train-topic refuses', () => {
  const line = (fields: object): string => ndjson([...texts.slice(0, 2), fields])
  const text = 'A text about the court.'

  it.each<[string, string | Uint8Array, RegExp]>([
    [
      'another topic',
      line({ text, topic: 'sports' }),
      /bad.ndjson: line 3: "topic" is "sports", expected one of mathematics-physics, .*, other/,
    ],
    ['a line without a topic', line({ text }), /line 3: "topic" is missing, expected one of/],
    [
      'the same topic twice',
      line({ text, topic: 'other', second: 'other' }),
      /line 3: "second" is "other" like "topic"/,
    ],
    ['a line without a text', line({ topic: 'other' }), /line 3: "text" is missing, expected a string, or "sha256"/],
    ['an empty text', line({ text: ' ', topic: 'other' }), /line 3: "text" is empty, expected a text/],
    ['a text that is none', line({ text: 7, topic: 'other' }), /line 3: "text" is a number, expected a string/],
    [
      'a weight below nothing',
      line({ text, topic: 'other', weight: -1 }),
      /line 3: "weight" is -1, expected a number above 0/,
    ],
    [
      'a hash that is none',
      line({ sha256: 'abc', topic: 'other' }),
      /line 3: "sha256" is no hash, expected 64 hex digits/,
    ],
    [
      'a hash without a text',
      line({ sha256: sha256('nowhere'), topic: 'other' }),
      /1 of 1 labels name texts that are not there, the first [0-9a-f]{64} \(line 3\)/,
    ],
    ['what is no JSON', `${line({ text, topic: 'other' })}{"text": \n`, /line 4 is not JSON/],
    ['an array', '[]\n', /line 1 is an array, expected an object/],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22, 0x0a]), /line 1 is not UTF-8/],
    [
      'a topic without a text',
      ndjson(texts.filter(({ topic }) => topic !== 'law-policy')),
      /too few documents to learn from: law-policy 0; expected at least 5/,
    ],
    ['too few texts', ndjson(texts.slice(0, 40)), /too few documents to learn from: /],
    [
      'a file that is cut',
      gzipSync(read(all)).subarray(0, 3000),
      /bad.ndjson: .*the gzip file is damaged or cut short/,
    ],
  ])('%s', (_, content, message) => {
    const { status, stderr } = train([file('bad.ndjson', content), '-o', 'bad.bin', '--threads', '0'])
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('    at ')
    expect(status).toBe(2)
    expect(existsSync(path.join(folder, 'bad.bin'))).toBe(false)
    expect(readdirSync(cache)).toEqual([])
  })

  it.each<[string, readonly string[], RegExp]>([
    ['no output', [all], /-o FILE is missing/],
    ['a directory as output', [all, '-o', 'cache'], /cache is a directory, expected a new file/],
    ['a device as output', [all, '-o', '/dev/null'], /\/dev\/null is a device, expected a new file/],
    ['an output in no directory', [all, '-o', 'none/x.bin'], /There is no directory .*none/],
    ['an input as output', [all, '-o', all], /is one of the inputs/],
    ['a missing input', ['none.ndjson', '-o', 'x.bin'], /There is no file none.ndjson/],
    ['no input', ['-o', 'x.bin'], /No labelled file was given/],
    ['two ways to measure', [all, '-o', 'x.bin', '--folds', '3', '--held-out', all], /three ways to measure/],
    ['a share of everything', [all, '-o', 'x.bin', '--held-out-share', '1'], /--held-out-share is "1", expected/],
    [
      'a size that is none',
      [all, '-o', 'x.bin', '--max-size', '4 apples'],
      /--max-size is "4 apples", expected a number/,
    ],
    ['a size of nothing', [all, '-o', 'x.bin', '--max-size', '100'], /--max-size is 100 bytes, expected 150 at least/],
    [
      'labels by hash as extra',
      [all, '-o', 'x.bin', '--extra', 'hashes.ndjson'],
      /hashes.ndjson: line 1 has a hash and no text/,
    ],
  ])('%s', (_, given, message) => {
    file('hashes.ndjson', ndjson([{ sha256: sha256('a'), topic: 'other' }]))
    const { status, stderr } = train(given)
    expect(stderr).toMatch(message)
    expect(status).toBe(2)
  })
})

describe('the size of a file', () => {
  it.each([
    ['4MiB', 17],
    ['3.25MiB', 16],
    ['1MiB', 15],
    ['832KiB', 14],
    ['852066', 15],
    ['852065', 14],
    ['1KiB', 5],
    ['4MB', 17],
  ])('of %s is one of 2^%i sets', (size, bits) => expect(setBitsFor(size)).toBe(bits))
})
