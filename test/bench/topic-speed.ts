/**
 * Documents a second of one core: our shipped topic model from text, in Node and inside workerd, beside native fastText from
 * tokens (`predict-prob` of a .bin; the time for no lines taken from it). By turns, the best of five.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startServer } from '../../cli/server.ts'
import { runWrangler } from '../../cli/wrangler.ts'
import { classifyTopic } from '../../functions/classify/classify.ts'
import { loadTopicModel } from '../../functions/classify/topic-model.ts'
import { MODELS } from '../../models/training/texts.ts'
import type { NativeFastText } from './fasttext-peer.ts'
import { groupOf, pin } from './processes.ts'
import { GRID, TopicPeer } from './topic-peer.ts'
import { benchTexts } from './topic-texts.ts'

const ROUNDS = 5
const PASSES = 3
/** What fastText learns says nothing of its speed but by its size: so many weak labels make a vocabulary and buckets. */
const SPEED_WEAK = 3000

interface Timed {
  readonly documents: number
  readonly milliseconds: number
}

export async function compareSpeed(native: NativeFastText, lang: string, folder: string): Promise<boolean> {
  const { web, test, weak } = benchTexts(lang, { weak: SPEED_WEAK, pages: Infinity })
  const documents = [...web, ...test]
  const peer = new TopicPeer(native, path.join(folder, `${lang}-speed`), lang)
  const [setting = { rate: 0.5, epochs: 5, copies: 1 }] = GRID
  const theirs = peer.train('speed', { weak, web }, setting)
  const lines = peer.writeLines('speed.txt', Array.from({ length: PASSES }, () => documents).flat())
  const file = path.join(MODELS, 'topic', `${lang}.bin`)
  const model = loadTopicModel(await readFile(file))
  const best = { theirs: Infinity, node: Infinity, workerd: Infinity }
  await inWorkerd(lang, documents, async (round) => {
    for (let i = 0; i <= ROUNDS; i++) {
      const begun = process.cpuUsage()
      for (let pass = 0; pass < PASSES; pass++) for (const document of documents) classifyTopic(model, document)
      const { user, system } = process.cpuUsage(begun)
      const { milliseconds } = await round(PASSES)
      // The first round of ours warms both.
      if (i > 0) best.node = Math.min(best.node, (user + system) / 1e6)
      if (i > 0) best.workerd = Math.min(best.workerd, milliseconds / 1000)
      const whole = native.predict(theirs, lines, 1).seconds
      best.theirs = Math.min(best.theirs, whole - native.predict(theirs, '/dev/null', 1).seconds)
    }
  })
  await rm(lines)
  const units = documents.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
  const rate = (seconds: number): string => {
    const perSecond = (PASSES * documents.length) / seconds
    return `${perSecond.toFixed(0)} documents/s, ${((PASSES * units) / seconds / 1e6).toFixed(0)} MB/s`
  }
  console.log(
    `\n${lang}: ${documents.length} documents of ${Math.round(units / documents.length)} bytes, model ${model.id}`,
  )
  console.log(`native fastText, from tokens\t${rate(best.theirs)}`)
  let isMet = true
  for (const [where, seconds] of [
    ['Node', best.node],
    ['workerd', best.workerd],
  ] as const) {
    const times = best.theirs / seconds
    isMet &&= times >= 1
    console.log(
      `ours in ${where}, from text\t${rate(seconds)}\t${times >= 1 ? 'met   ' : 'MISSED'} ${times.toFixed(2)}x`,
    )
  }
  return isMet
}

async function inWorkerd(
  lang: string,
  documents: readonly object[],
  use: (round: (passes: number) => Promise<Timed>) => Promise<void>,
): Promise<void> {
  const persistTo = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'))
  try {
    const put = async (key: string, file: string): Promise<void> => {
      if (!existsSync(file)) throw new Error(`${file} is not there`)
      await runWrangler([
        'r2',
        'object',
        'put',
        `millrace-objects/${key}`,
        '--file',
        file,
        '--local',
        '--persist-to',
        persistTo,
      ])
    }
    const texts = path.join(persistTo, 'texts.json')
    await writeFile(texts, JSON.stringify(documents))
    await put('texts.json', texts)
    await put('model.bin', path.join(MODELS, 'topic', `${lang}.bin`))
    const server = await startServer({
      persistTo,
      config: path.join(import.meta.dirname, 'topic-worker/wrangler.toml'),
    })
    try {
      pin(groupOf(server.pid), os.cpus().length - 1)
      await use(async (passes) => {
        // The rest is synchronous: what the server has closed meanwhile must be seen before the next request.
        await sleep(100)
        const response = await fetch(`${server.url}/classify?passes=${passes}`)
        if (!response.ok) throw new Error(`workerd answered ${response.status}: ${await response.text()}`)
        return (await response.json()) as Timed
      })
    } finally {
      await server.stop()
    }
  } finally {
    await rm(persistTo, { recursive: true })
  }
}
