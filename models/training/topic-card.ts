/** What is known of a trained topic model, as a page of Markdown and as tables for a terminal. */
import { TOPICS } from '../../schema/shard.ts'
import type { TopicScores } from './topic-measure.ts'
import type { TrainedTopics, TrainerSettings } from './topic-trainer.ts'

export interface CardFacts {
  readonly id: string
  readonly file: string
  readonly lang: string
  readonly date: string
  readonly command: string
  /** Names of the files that were read, and their lines. */
  readonly inputs: readonly string[]
  readonly lines: number
  /** How the documents were held out, in words. */
  readonly measuredOn: string
  readonly settings: TrainerSettings
  readonly minutes: number
}

const three = (value: number): string => value.toFixed(3).replace(/^0(?=\.)/, '')

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(row)].join('\n')

export function reliabilityTable({ reliability }: TopicScores): string {
  const rows = reliability.map(({ texts, confidence, accuracy }, bin) => [
    `${three(bin / 10)}–${three((bin + 1) / 10)}`,
    texts,
    texts === 0 ? '–' : three(confidence),
    texts === 0 ? '–' : three(accuracy),
  ])
  return table(['confidence', 'texts', 'mean confidence', 'accuracy'], rows)
}

/** A row a label, a column an answer. */
export function confusionTable({ confusion }: TopicScores): string {
  const rows = confusion.map((counts, c) => [`${c + 1} ${TOPICS[c] ?? ''}`, ...counts])
  return table(['label \\ answer', ...TOPICS.map((_, c) => String(c + 1))], rows)
}

function topicTable({ counts, scores }: TrainedTopics): string {
  const rows = TOPICS.map((topic, c) => {
    const labelled = (scores.confusion[c] ?? []).reduce((sum, n) => sum + n, 0)
    const answered = scores.confusion.reduce((sum, other) => sum + (other[c] ?? 0), 0)
    const right = scores.confusion[c]?.[c] ?? 0
    const share = (of: number): string => (of === 0 ? '–' : three(right / of))
    return [topic, counts.learnt[c] ?? 0, counts.heldOut[c] ?? 0, share(answered), share(labelled)]
  })
  return table(['topic', 'learnt from', 'measured by', 'precision', 'recall'], rows)
}

const scoreTable = ({ scores }: TrainedTopics): string =>
  table(
    ['measured', ''],
    [
      ['texts held out', scores.texts],
      ['accuracy, strict', three(scores.strict)],
      ['accuracy, a second topic counted half', three(scores.lenient)],
      ['macro-F1', three(scores.macroF1)],
      ['log loss, calibrated, nats', three(scores.logLoss)],
      ['expected calibration error, ten bins', three(scores.ece)],
      ['temperature', three(scores.temperature)],
    ],
  )

function leftOut({ counts }: TrainedTopics): string {
  const { repeated, contradicted, leaked, unused } = counts
  return [
    `${repeated} that came before`,
    `${contradicted} that came before with another topic`,
    `${leaked} of the held-out files`,
    `${unused} without a topic`,
  ].join(', ')
}

/** Of the weights that were taken, and how often learning began anew for them. */
function epochsOf({ epochs, reports }: TrainedTopics): string {
  const runs = reports[epochs - 1]?.run ?? 1
  return `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}${runs > 1 ? ` in ${runs} runs` : ''}`
}

export function topicCard(trained: TrainedTopics, facts: CardFacts): string {
  const { bytes, candidates, threshold, features, setBits, reports, counts } = trained
  const { rate, decay, wideEpochs, guessWeight, balance, seed } = facts.settings
  const history = reports.map(({ epoch, loss, heldLoss, heldAccuracy }) => [
    epoch,
    three(loss),
    heldLoss === null ? '–' : three(heldLoss),
    heldAccuracy === null ? '–' : three(heldAccuracy),
  ])
  return `# Topic model ${facts.id}

One of eleven topics for a page in ${facts.lang}: a linear softmax over ${features} features, one byte a weight.

- **File**: \`${facts.file}\`, ${bytes.length} bytes, 2^${setBits} sets of two places
- **Date**: ${facts.date}, ${facts.minutes.toFixed(1)} minutes
- **Command**: \`${facts.command}\`
- **Data**: ${facts.inputs.join(', ')}; ${facts.lines} labelled lines; ${counts.unlabelled} texts without a label,
  learnt from by what the model thinks of them. Left out: texts ${leftOut(trained)}.
- **Measured on** ${facts.measuredOn}.
- **Settings**: AdaGrad, rate ${rate}, decay ${decay}, ${wideEpochs} epochs to choose among ${candidates} features that stand in
  ${threshold} texts or more, ${epochsOf(trained)} for their weights; guesses weigh ${guessWeight}, balance ${balance}, seed ${seed}

## Scores

${scoreTable(trained)}

The calibration error of a text is under a temperature to which it did not contribute.

## Topics

${topicTable(trained)}

## Reliability

${reliabilityTable(trained.scores)}

## Confusion

A row a label, a column an answer.

${confusionTable(trained.scores)}

## Epochs

${table(['epoch', 'loss', 'loss, held out', 'accuracy, held out'], history)}
`
}
