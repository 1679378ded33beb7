import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileStore } from '../../../cli/file-store.ts'
import { processFiles, type Funnel } from '../../../cli/process-files.ts'
import type { DuplicateLine } from '../../../functions/seal/duplicate-lines.ts'
import { openParquet } from '../../../functions/seal/parquet-file.ts'
import { comparePlaces } from '../../../functions/seal/ports.ts'
import type { IndexLine } from '../../../schema/shard.ts'
import { readArticles } from '../../support/sample/articles.ts'

const PATIENCE_MS = 120_000

/** Three articles of each language as plain text, by number. */
const texts = ['en', 'zh'].flatMap((lang) =>
  readArticles(lang)
    .filter(({ kind }) => kind === 'article' || kind === 'news')
    .slice(0, 3)
    .map(({ blocks }) => blocks.flatMap((block) => (block.kind === 'list' ? block.items : [block.text])).join('\n\n')),
)

const endings = ['First printed in another paper.', '本文首次发表于另一份报纸。']
const lineOf = (name: string, text: string): string =>
  `${JSON.stringify({ url: `https://${name}.example/`, text, source: 'book' })}\n`

/** Each text as it is, and one by one as it stands with other endings, with other blanks and with half of it cut off. */
const first = texts.map((text, i) => lineOf(`text-${i}`, text)).join('')
const second = texts
  .flatMap((text, i) => [
    lineOf(`near-${i}`, `${text}\n\n${endings[Math.floor(i / 3)]}`),
    lineOf(`exact-${i}`, text.replaceAll('\n\n', '\n')),
    lineOf(`half-${i}`, text.slice(0, text.length / 2)),
  ])
  .join('')

interface Output {
  readonly funnel: Funnel
  readonly duplicates: readonly DuplicateLine[]
  readonly rows: readonly { readonly url: string; readonly id: string; readonly dupClusterSize: number }[]
}

describe('`millrace process` over two files with near copies', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-near-'))
    for (const [name, lines] of Object.entries({ first, second }))
      await writeFile(path.join(folder, `${name}.ndjson`), lines)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function processed(names: readonly string[], sliceBytes = 2 ** 26): Promise<Output> {
    const output = path.join(folder, 'output')
    const files = names.map((name) => path.join(folder, `${name}.ndjson`))
    const settings = { source: 'web', lang: '', holdoutShare: 1 / 4, seed: 0, rangeBytes: 2 ** 27, url: null } as const
    const funnel = await processFiles(files, output, { ...settings, sliceBytes })
    const read = async (name: string): Promise<string[]> =>
      (await readFile(path.join(output, name), 'utf8')).split('\n').filter(Boolean)
    const rows: Output['rows'][number][] = []
    for (const line of await read('index.ndjson')) {
      const file = await openParquet(fileStore(output), (JSON.parse(line) as IndexLine).shard)
      const own = await file.read(0, file.rows, ['url', 'id', 'dupClusterSize'])
      rows.push(
        ...own.map((row) => ({
          url: String(row['url']),
          id: String(row['id']),
          dupClusterSize: Number(row['dupClusterSize']),
        })),
      )
    }
    const duplicates = (await read('duplicates.ndjson')).map((line) => JSON.parse(line) as DuplicateLine)
    return { funnel, duplicates, rows: rows.sort((a, b) => (a.id < b.id ? -1 : 1)) }
  }

  const numberOf = (url: string): string => /\d/.exec(url)?.[0] ?? ''
  const kindOf = (url: string): string => /\/\/(\w+)/.exec(url)?.[1] ?? ''

  it(
    'counts them apart, keeps one of each text and its copies, and leaves halves alone',
    async () => {
      const { funnel, rows } = await processed(['first', 'second'])
      expect(funnel).toMatchObject({ pages: 24, rejected: {}, failed: 0, duplicates: 6, nearDuplicates: 6 })
      expect(funnel.kept + funnel.heldOut).toBe(12)
      const sizes = rows.map(({ url, dupClusterSize }) => [numberOf(url), kindOf(url) === 'half', dupClusterSize])
      const expected = texts.flatMap((_, i) => [
        [String(i), false, 3],
        [String(i), true, 1],
      ])
      expect(sizes.map(String).sort()).toEqual(expected.map(String).sort())
    },
    PATIENCE_MS,
  )

  it(
    'names what each matched, and the document that stands for it, in duplicates.ndjson',
    async () => {
      const { duplicates, rows } = await processed(['first', 'second'])
      expect(duplicates).toHaveLength(12)
      for (const { match, id, url, key, matched, holder } of duplicates) {
        const survivor = rows.find((row) => row.id === holder.id)
        expect([numberOf(survivor?.url ?? ''), kindOf(survivor?.url ?? '') === 'half']).toEqual([numberOf(url), false])
        expect([match === 'exact', match === 'near']).toEqual([matched.id === id, matched.id !== id])
        expect(['first.ndjson', 'second.ndjson']).toContain(key)
        expect(['first.ndjson', 'second.ndjson']).toContain(matched.key)
      }
      expect(duplicates.filter(({ match }) => match === 'exact').map(({ url }) => kindOf(url))).toEqual(
        Array.from({ length: 6 }, () => 'exact'),
      )
    },
    PATIENCE_MS,
  )

  it(
    'keeps the same in small slices and with the files in another order',
    async () => {
      const whole = await processed(['first', 'second'])
      const cut = await processed(['first', 'second'], 1000)
      expect(cut).toEqual(whole)
      const turned = await processed(['second', 'first'])
      expect(turned).toEqual(whole)
      const places = whole.duplicates.map(({ key, offset, index }) => ({ seal: 1, key, offset, index }))
      expect(places).toEqual(places.toSorted(comparePlaces))
    },
    PATIENCE_MS,
  )
})
