/** Texts of `millrace models label`: lines of {"text", "title"?, "url"?, "lang"?}, plain, gzip or zstd, each text once. */
import { detectLanguage } from '../functions/screen/language.ts'
import type { Passage } from '../models/labelling/passage.ts'
import { DamagedFile, unpackedPieces } from '../models/training/packed-file.ts'
import { sha256 } from '../models/training/texts.ts'
import { UsageError } from './arguments.ts'
import { checkStrings, parseTextLine, readLines } from './lines.ts'

interface TextLine {
  readonly text: string
  readonly title?: string | null
  readonly url?: string | null
  readonly lang?: string | null
}

interface Placed {
  readonly line: TextLine
  readonly sha256: string
  readonly place: string
}

async function* placedLines(files: readonly string[]): AsyncGenerator<Placed> {
  for (const file of files) {
    try {
      for await (const { line, number } of readLines(unpackedPieces(file))) {
        const value = parseTextLine(line, number)
        checkStrings(value, number, ['title', 'url', 'lang'])
        yield { line: value, sha256: sha256(value.text), place: `${file}:${number}` }
      }
    } catch (error) {
      // The lines do not know whose they are.
      if (error instanceof UsageError || error instanceof DamagedFile) throw new UsageError(`${file}: ${error.message}`)
      throw error
    }
  }
}

export interface Counted {
  readonly lines: number
  /** Lines whose text came before. */
  readonly repeated: number
  /** Texts that have a label. */
  readonly labelled: number
  readonly toDo: number
}

/** Reads every line once, so that a mistake in the last is known before the first is paid for. */
export async function countTexts(files: readonly string[], hasLabel: (sha256: string) => boolean): Promise<Counted> {
  const seen = new Set<string>()
  let lines = 0
  let labelled = 0
  for await (const { sha256: hash } of placedLines(files)) {
    lines++
    if (!seen.has(hash) && hasLabel(hash)) labelled++
    seen.add(hash)
  }
  return { lines, repeated: lines - seen.size, labelled, toDo: seen.size - labelled }
}

/** The texts that have no label, in the order of the files, `limit` at most. */
export async function* passagesOf(
  files: readonly string[],
  { hasLabel, limit }: { readonly hasLabel: (sha256: string) => boolean; readonly limit: number },
): AsyncGenerator<Passage> {
  const seen = new Set<string>()
  if (limit === 0) return
  let given = 0
  for await (const { line, sha256: hash, place } of placedLines(files)) {
    if (seen.has(hash)) continue
    seen.add(hash)
    if (hasLabel(hash)) continue
    const { text, title = null, url = null, lang = null } = line
    // Labels are by language, not by region: zh of zh-CN.
    const own = lang === null ? '' : (lang.split('-', 1)[0] ?? '').trim().toLowerCase()
    yield { sha256: hash, lang: own === '' ? detectLanguage(text).lang : own, text, title, url, place }
    if (++given >= limit) return
  }
}
