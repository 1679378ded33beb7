/** What `millrace models train-topic` takes, and what it says of it. */
import os from 'node:os'
import { MAX_RUN, MAX_UNITS } from '../functions/classify/features.ts'
import { TRAINER } from '../models/training/topic-trainer.ts'
import { TOPICS } from '../schema/shard.ts'

export const USAGE = `Usage: millrace models train-topic FILE.ndjson … --lang L -o FILE [options]

Trains a topic model on lines of {"text", "topic", "title"?, "url"?, "second"?, "weight"?, "lang"?}, plain, gzip or zstd.
A line may name its text by "sha256" instead (the hash of the text in UTF-8); the text is then in a file of --texts.
The topics: ${TOPICS.slice(0, 6).join(', ')},
  ${TOPICS.slice(6).join(', ')}.

What measures (one of three; a text is in one part only, by its hash):
  --held-out-share S   share of the texts that is held out, default 0.1
  --held-out FILE      lines that are measured by and not learnt from; may be repeated
  --folds K            each text is measured by a model that has not seen its fold; the model learns from all
Data:
  --texts FILE         lines of {"text", "title"?, "url"?}: texts of labels that name a hash; may be repeated
  --guess-weight W     texts of --texts without a label teach what the model first thinks of them, default 0: they do not
  --allow-missing      labels whose texts are nowhere are left out
  --extra FILE         more labelled lines to learn from, never measured by, as weak labels; may be repeated
  --extra-weight W     by which their weights are multiplied, default 1
  --vectors FILE       word vectors as text (GloVe, word2vec, fastText .vec): weights begin near those of words of like meaning
  --second-share S     of the target that "second" has, default 0.25
  --balance B          a topic's texts weigh (mean count / its count)^B, default 0; 1: every topic alike
  --no-title, --no-url leave that field out
Model:
  --max-size SIZE      of the file, default 4MiB
  --longest-run N      of words or characters that is a feature, 1 to ${MAX_RUN}; default 3 for zh, else 2
  --max-units N        of a text that are read, at most ${MAX_UNITS}; default 3000 for zh, else 6000
  --least-documents N  that a feature stands in, default ${TRAINER.leastDocuments}
  --candidates N       features that are weighed for a place, default ${TRAINER.mostFeatures}
  --rate R, --decay D  of the steps, default ${TRAINER.rate} and ${TRAINER.decay}
  --epochs N           at most, default ${TRAINER.epochs}; --patience N: without gain before the end, default
                       ${TRAINER.patience}; 0: all epochs, whatever is gained
  --run-texts N        after which learning begins anew, to the nearest whole epoch; the weights are the mean over all epochs
                       of all runs, default ${TRAINER.runTexts}; 0: one run
  --seed N             default ${TRAINER.seed}: the same input and seed give the same bytes
  --name N             default the output's name
  --folder DIR         for the cache, about as large as the text; default the system's; --threads N: that read
Writes FILE and a card beside it, FILE.card.md without the extension, and prints a line of JSON with the scores.
Memory: about 500 MB with a million texts, and 20 bytes for each further one.`

export const OPTIONS = {
  output: { type: 'string', short: 'o' },
  lang: { type: 'string' },
  name: { type: 'string' },
  'held-out-share': { type: 'string' },
  'held-out': { type: 'string', multiple: true },
  folds: { type: 'string' },
  texts: { type: 'string', multiple: true, default: [] as string[] },
  'guess-weight': { type: 'string', default: '0' },
  'allow-missing': { type: 'boolean', default: false },
  extra: { type: 'string', multiple: true, default: [] as string[] },
  'extra-weight': { type: 'string', default: '1' },
  vectors: { type: 'string' },
  'second-share': { type: 'string', default: '0.25' },
  balance: { type: 'string', default: '0' },
  'no-title': { type: 'boolean', default: false },
  'no-url': { type: 'boolean', default: false },
  'max-size': { type: 'string', default: '4MiB' },
  'longest-run': { type: 'string' },
  'max-units': { type: 'string' },
  'least-documents': { type: 'string', default: String(TRAINER.leastDocuments) },
  candidates: { type: 'string', default: String(TRAINER.mostFeatures) },
  rate: { type: 'string', default: String(TRAINER.rate) },
  decay: { type: 'string', default: String(TRAINER.decay) },
  epochs: { type: 'string', default: String(TRAINER.epochs) },
  patience: { type: 'string', default: String(TRAINER.patience) },
  'run-texts': { type: 'string', default: String(TRAINER.runTexts) },
  seed: { type: 'string', default: String(TRAINER.seed) },
  folder: { type: 'string', default: os.tmpdir() },
  threads: { type: 'string' },
} as const
