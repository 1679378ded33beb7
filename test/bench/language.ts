/**
 * `npm run bench:language`: languages of labelled texts, ours beside eld, tinyld and CLD3 in one run: recall and precision for
 * English and Chinese, what is taken for what, and MB/s. Peers are installed outside the repository. Speed: each tool over the same web
 * texts, by turns, the best of five rounds, processor time of this one thread.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { detectLanguage } from '../../functions/screen/language.ts'
import { LANGUAGE_DATA, languageCases, type LanguageCase } from '../support/language-cases.ts'

const CACHE = path.join(os.tmpdir(), 'millrace-bench-language')
const PEERS = ['eld@2.1.0', 'tinyld@1.3.4', 'cld3-asm@4.0.0']
const ROUNDS = 5

interface Tool {
  readonly name: string
  /** ISO 639-1 where there is one. */
  readonly detect: (text: string) => string
}

if (!existsSync(LANGUAGE_DATA)) {
  console.log('bench:language: the development data (../shared/data) is not here, nothing to measure.')
  process.exit(0)
}
const cases = languageCases()
const tools: Tool[] = [{ name: 'ours', detect: (text) => detectLanguage(text).lang }, ...(await peers())]

console.log(`${cases.length} texts; ${os.cpus()[0]?.model ?? 'this machine'}`)
console.log(['', ...tools.map(({ name }) => name)].join('\t'))
const answers = new Map(tools.map(({ name, detect }) => [name, cases.map(({ text }) => detect(text))]))
const percent = (of: number, all: number): string => (all === 0 ? '–' : ((100 * of) / all).toFixed(2))

for (const set of new Set(cases.map((one) => one.set))) {
  const cells = tools.map(({ name }) => {
    const own = cases.flatMap(({ lang, set: of }, i) => (of === set ? [lang === answers.get(name)?.[i]] : []))
    return percent(own.filter(Boolean).length, own.length)
  })
  console.log([`${set} (${cases.filter((one) => one.set === set).length})`, ...cells].join('\t'))
}
for (const lang of ['en', 'zh']) {
  const figure = (pick: (of: LanguageCase, answer: string) => boolean): string[] =>
    tools.map(({ name }) => {
      const all = cases.filter((of, i) => pick(of, answers.get(name)?.[i] ?? ''))
      const right = cases.filter((of, i) => of.lang === lang && answers.get(name)?.[i] === lang)
      return percent(right.length, all.length)
    })
  console.log([`${lang} recall`, ...figure((of) => of.lang === lang)].join('\t'))
  console.log([`${lang} precision`, ...figure((_, answer) => answer === lang)].join('\t'))
}

console.log('\nours, what was taken for what')
const confusions = new Map<string, number>()
cases.forEach(({ lang, set }, i) => {
  const answer = answers.get('ours')?.[i] ?? ''
  if (answer !== lang)
    confusions.set(`${set}: ${lang} → ${answer}`, (confusions.get(`${set}: ${lang} → ${answer}`) ?? 0) + 1)
})
for (const [confusion, count] of [...confusions].sort((a, b) => b[1] - a[1])) console.log(`${count}\t${confusion}`)

const bytesOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
console.log('\nMB/s')
for (const lang of ['en', 'zh']) {
  const texts = cases.filter(({ set }) => set === `${lang} topics web`).map(({ text }) => text)
  const best = tools.map(() => 0)
  for (let round = 0; round < ROUNDS; round++) {
    tools.forEach(({ detect }, i) => {
      const share = i === 0 ? texts : texts.slice(0, texts.length / 10)
      const begun = process.cpuUsage()
      for (const text of share) detect(text)
      const { user, system } = process.cpuUsage(begun)
      best[i] = Math.max(best[i] ?? 0, bytesOf(share) / (user + system))
    })
  }
  console.log([lang, ...best.map((speed) => speed.toFixed(1))].join('\t'))
}

interface Peers {
  readonly eld: { detect(text: string): { language: string } }
  readonly detect: (text: string) => string
  readonly loadModule: () => Promise<{
    create(minBytes: number, maxBytes: number): { findLanguage(text: string): { language: string } }
  }>
}

async function peers(): Promise<Tool[]> {
  const done = path.join(CACHE, 'installed')
  if (!existsSync(done)) {
    mkdirSync(CACHE, { recursive: true })
    writeFileSync(path.join(CACHE, 'package.json'), '{"private": true}')
    const args = ['install', '--prefix', CACHE, '--no-audit', '--no-fund', '--ignore-scripts', ...PEERS]
    execFileSync('npm', args, { stdio: ['ignore', 2, 2] })
    writeFileSync(done, PEERS.join('\n'))
  }
  // Resolved from where they are installed.
  const door = path.join(CACHE, 'peers.mjs')
  writeFileSync(
    door,
    "export { eld } from 'eld/medium'\nexport { detect } from 'tinyld'\nexport { loadModule } from 'cld3-asm'\n",
  )
  const { eld, detect, loadModule } = (await import(pathToFileURL(door).href)) as Peers
  const factory = await loadModule()
  const identifier = factory.create(0, 1000)
  return [
    { name: 'eld 2.1.0 medium', detect: (text) => eld.detect(text).language },
    { name: 'tinyld 1.3.4', detect },
    { name: 'CLD3 (cld3-asm 4.0.0)', detect: (text) => identifier.findLanguage(text).language },
  ]
}
