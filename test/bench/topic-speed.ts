/**
 * Documents a second of processor time: our shipped topic model from text, in Node and inside workerd, beside native fastText
 * from tokens (`predict-prob` of a .bin; the time for no lines taken from it). By turns, the best of five.
 */
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { classifyTopic } from '../../functions/classify/classify.ts'
import type { PageText } from '../../functions/classify/features.ts'
import { loadTopicModel } from '../../functions/classify/topic-model.ts'
import type { TopicModel } from '../../functions/classify/topic-model.ts'
import { MODELS } from '../../models/training/texts.ts'
import type { NativeFastText } from './fasttext-peer.ts'
import { startScorer } from './scoring-workerd.ts'
import { GRID, TopicPeer } from './topic-peer.ts'
import { benchTexts } from './topic-texts.ts'

const ROUNDS = 5
const PASSES = 3
/** What fastText learns says nothing of its speed but by its size: so many weak labels make a vocabulary and buckets. */
const SPEED_WEAK = 3000

export async function compareSpeed(native: NativeFastText, lang: string, folder: string): Promise<boolean> {
  const { web, test, weak } = benchTexts(lang, { weak: SPEED_WEAK, pages: Infinity })
  const documents = [...web, ...test]
  const peer = new TopicPeer(native, path.join(folder, `${lang}-speed`), lang)
  const [setting = { rate: 0.5, epochs: 5, copies: 1 }] = GRID
  const theirs = peer.train('speed', { weak, web }, setting)
  const lines = peer.writeLines('speed.txt', Array.from({ length: PASSES }, () => documents).flat())
  const file = path.join(MODELS, 'topic', `${lang}.bin`)
  const bytes = await readFile(file)
  const model = loadTopicModel(bytes)
  const best = { theirs: Infinity, node: Infinity, workerd: Infinity }
  const workerd = await startScorer()
  try {
    await workerd.putTopic(bytes)
    await workerd.putPages(documents)
    checkSame(model, documents, (await workerd.score(1)).topics)
    for (let i = 0; i <= ROUNDS; i++) {
      const begun = process.cpuUsage()
      for (let pass = 0; pass < PASSES; pass++) for (const document of documents) classifyTopic(model, document)
      const { user, system } = process.cpuUsage(begun)
      const { seconds } = await workerd.score(PASSES)
      // The first round of ours warms both.
      if (i > 0) best.node = Math.min(best.node, (user + system) / 1e6)
      if (i > 0) best.workerd = Math.min(best.workerd, seconds)
      const whole = native.predict(theirs, lines, 1).seconds
      best.theirs = Math.min(best.theirs, whole - native.predict(theirs, '/dev/null', 1).seconds)
    }
  } finally {
    await workerd.stop()
  }
  await rm(lines)
  const size = documents.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
  const rate = (seconds: number): string => {
    const perSecond = (PASSES * documents.length) / seconds
    return `${perSecond.toFixed(0)} documents/s, ${((PASSES * size) / seconds / 1e6).toFixed(0)} MB/s`
  }
  console.log(
    `\n${lang}: ${documents.length} documents of ${Math.round(size / documents.length)} bytes, model ${model.id}`,
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

/** As many pages of each topic there as here. */
function checkSame(model: TopicModel, documents: readonly PageText[], there: Readonly<Record<string, number>>): void {
  const here = Map.groupBy(documents, (document) => classifyTopic(model, document).topic)
  for (const [topic, { length }] of here) {
    if (there[topic] !== length) throw new Error(`workerd has ${there[topic] ?? 0} pages of ${topic}, Node ${length}`)
  }
}
