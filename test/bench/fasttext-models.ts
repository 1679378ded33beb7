/** The matrix of models that `bench:fasttext` compares, and what trains them: once, in a folder of its own. */
import { existsSync, renameSync } from 'node:fs'
import path from 'node:path'
import type { NativeFastText } from './fasttext-peer.ts'
import { CACHE, trainingFile } from './fasttext-texts.ts'
import type { Lang } from './fasttext-texts.ts'

export interface Training {
  readonly name: string
  readonly lang: Lang
  readonly isWide: boolean
  readonly train: readonly string[]
  /** What `fasttext quantize` is told; null for a .bin. */
  readonly quantise: readonly string[] | null
}

const LOSSES = ['softmax', 'hs', 'ova']
/** Quantised one way each, by turns: every loss meets every way. A cutoff also keeps the quantising short. */
const WAYS: readonly (readonly string[])[] = [
  ['-cutoff', '4000'],
  ['-qnorm', '-cutoff', '5000'],
  ['-cutoff', '4000', '-dsub', '1'],
  ['-qnorm', '-cutoff', '3000', '-dsub', '3'],
]
/** Whole: all buckets stay. */
const WHOLE = ['-qnorm']
/** Quantised output needs 256 labels. */
const WIDE_WAYS: readonly (readonly string[])[] = [
  ['-qout', '-cutoff', '6000'],
  ['-qout', '-qnorm', '-cutoff', '4000'],
]

const SMALL = ['-dim', '16', '-epoch', '3', '-bucket', '50000', '-thread', '1', '-lr', '0.5', '-minCount', '2']

export function trainings(): Training[] {
  const all: Training[] = []
  let turn = 0
  for (const lang of ['en', 'zh'] as const) {
    for (const [minn, maxn] of [
      [0, 0],
      [2, 5],
    ] as const) {
      for (const wordNgrams of [1, 2, 3]) {
        for (const loss of LOSSES) {
          const train = [
            '-loss',
            loss,
            '-wordNgrams',
            `${wordNgrams}`,
            '-minn',
            `${minn}`,
            '-maxn',
            `${maxn}`,
            ...SMALL,
          ]
          const base = `${lang}-${loss}-w${wordNgrams}-c${minn}${maxn}`
          const next = WAYS[turn++ % WAYS.length] as readonly string[]
          // Models without runs have no buckets, and are small.
          const isWhole = (wordNgrams === 1 && maxn === 0) || (wordNgrams === 2 && maxn > 0 && loss === 'softmax')
          const way = isWhole ? (loss === 'hs' ? [] : WHOLE) : next
          all.push({ name: `${base}.bin`, lang, isWide: false, train, quantise: null })
          all.push({ name: `${base}${way.join('')}.ftz`, lang, isWide: false, train, quantise: way })
        }
        // Three losses and four ways: shifted once a row, so that they do not keep step.
        turn++
      }
    }
  }
  for (const loss of LOSSES) {
    const train = ['-loss', loss, '-wordNgrams', '2', '-minn', '3', '-maxn', '4', ...SMALL]
    const base = `en-wide-${loss}-w2-c34`
    all.push({ name: `${base}.bin`, lang: 'en', isWide: true, train, quantise: null })
    for (const way of WIDE_WAYS) {
      all.push({ name: `${base}${way.join('')}.ftz`, lang: 'en', isWide: true, train, quantise: way })
    }
  }
  return all
}

/** The model's file. */
export function trainModel(native: NativeFastText, { name, lang, isWide, train: options, quantise }: Training): string {
  const file = path.join(CACHE, name)
  if (existsSync(file)) return file
  const input = trainingFile(lang, isWide)
  const base = name.replace(/(-q.*|-cutoff.*)?\.(bin|ftz)$/, '')
  const made = path.join(CACHE, base)
  if (!existsSync(`${made}.bin`)) {
    native.run(['supervised', '-input', input, '-output', `${made}.part`, ...options])
    renameSync(`${made}.part.bin`, `${made}.bin`)
  }
  if (quantise !== null) {
    // It reads <output>.bin and writes <output>.ftz.
    native.run(['quantize', '-input', input, '-output', made, ...quantise])
    renameSync(`${made}.ftz`, file)
  }
  return file
}
