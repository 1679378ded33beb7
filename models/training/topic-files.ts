/** Files of labelled lines, label files and their texts → a corpus. */
import type { FeatureOptions } from '../../functions/classify/features.ts'
import { LinePool } from './line-pool.ts'
import type { Work } from './line-pool.ts'
import { lineChunks } from './line-chunks.ts'
import { DamagedFile } from './packed-file.ts'
import { BadCorpus } from './topic-corpus.ts'
import type { TopicCorpus } from './topic-corpus.ts'
import { BadLine } from './topic-lines.ts'
import type { Part } from './topic-record.ts'

export interface TopicFiles {
  /** Labelled lines that are measured by, and not learnt from. */
  readonly heldOut: readonly string[]
  readonly labelled: readonly string[]
  /** Labelled lines that are learnt from, and not measured by. */
  readonly extra: readonly string[]
  readonly extraWeight: number
  /** Texts of labels that name a hash, and others. */
  readonly texts: readonly string[]
}

export interface FilesOptions {
  readonly lang: string
  readonly features: FeatureOptions
  readonly fields: { readonly title: boolean; readonly url: boolean }
  readonly secondShare: number
  readonly threads: number
  /** Labels whose texts are nowhere are left out instead of refused. */
  readonly allowMissing: boolean
  readonly onBytes?: (bytes: number) => void
}

export interface FilesCounts {
  readonly lines: number
  readonly otherLanguages: number
  /** Labels that name a hash, and those of them whose texts are nowhere. */
  readonly labels: number
  readonly missing: number
}

interface Step {
  readonly files: readonly string[]
  readonly kind: 'labelled' | 'texts'
  readonly part: Part
  readonly weight: number
}

export async function readTopicFiles(
  corpus: TopicCorpus,
  { heldOut, labelled, extra, extraWeight, texts }: TopicFiles,
  options: FilesOptions,
): Promise<FilesCounts> {
  // What is held out comes first, so that its texts are known when training has them too; what is labelled by hash comes
  // before weaker labels of the same texts.
  const steps: readonly Step[] = [
    { files: heldOut, kind: 'labelled', part: 'test', weight: 1 },
    { files: labelled, kind: 'labelled', part: 'either', weight: 1 },
    { files: extra, kind: 'labelled', part: 'train', weight: extraWeight },
    { files: texts, kind: 'texts', part: 'train', weight: 1 },
  ]
  const pool = new LinePool(options.threads)
  try {
    let lines = 0
    let otherLanguages = 0
    for (const step of steps) {
      for (const file of step.files) {
        const read = await readFile(corpus, file, { step, pool, options })
        lines += read.lines
        otherLanguages += read.otherLanguages
      }
    }
    const missing = corpus.missing()
    const [example] = missing
    if (example && !options.allowMissing) {
      throw new BadCorpus(
        `${missing.length} of ${corpus.labels} labels name texts that are not there, the first ${example.sha256} (line ` +
          `${example.line}): give the texts' file with --texts; the hash is the SHA-256 of the text in UTF-8`,
      )
    }
    return { lines, otherLanguages, labels: corpus.labels, missing: missing.length }
  } finally {
    await pool.end()
  }
}

interface Reading {
  readonly step: Step
  readonly pool: LinePool
  readonly options: FilesOptions
}

async function* worksOf(file: string, { step, options }: Reading): AsyncGenerator<Work> {
  const { lang, features, fields, secondShare, onBytes } = options
  const { kind, part, weight } = step
  const record = { features, fields, secondShare, part, weight }
  for await (const { bytes, first } of lineChunks(file, onBytes)) {
    yield { lines: { bytes, first, kind, lang }, options: record }
  }
}

async function readFile(
  corpus: TopicCorpus,
  file: string,
  reading: Reading,
): Promise<{ lines: number; otherLanguages: number }> {
  let lines = 0
  let otherLanguages = 0
  try {
    for await (const batch of reading.pool.run(worksOf(file, reading))) {
      // A held-out label whose text would come later could be learnt from before: its texts have to be with it.
      const [label] = batch.labels
      if (label && reading.step.part !== 'either') {
        throw new BadLine(
          `line ${label.line} has a hash and no text; label files go with the inputs, their texts with --texts`,
        )
      }
      corpus.addLabels(batch.labels)
      corpus.addBatch(batch)
      lines += batch.lines
      otherLanguages += batch.otherLanguages
    }
  } catch (error) {
    // The lines do not know whose they are.
    if (error instanceof BadLine) throw new BadLine(`${file}: ${error.message}`)
    if (error instanceof DamagedFile) throw new DamagedFile(`${file}: ${error.message}`)
    throw error
  }
  return { lines, otherLanguages }
}
