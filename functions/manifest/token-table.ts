/**
 * Bytes of text per token, by language and source: what turns the index's bytes into tokens before anything is
 * tokenised. Runs report true tokens beside bytes; a table corrected by them misses by less the next time.
 */
import type { TokenTable } from '../../schema/manifest.ts'
import type { Report } from '../../schema/report.ts'

/** Null when the table has no line for the cell's language and source. */
export function bytesPerToken(table: TokenTable, cell: string): number | null {
  const [source = '', lang = ''] = cell.split('/')
  return table.bytesPerToken[`${lang}/${source}`] ?? null
}

/** Below this a ratio is a few documents' chance; 2^16 tokens are about a hundred web pages. */
const TOKENS_TO_TRUST = 2 ** 16

/**
 * The table with the lines that reports have enough tokens for replaced by what was measured: sums of bytes over sums
 * of tokens, of all `reports`, so hand over those of all rounds. A report under another tokenizer says nothing. The id
 * names the table that was shipped and the manifests whose reports were used.
 */
export function correctedTable(table: TokenTable, reports: readonly Report[]): TokenTable {
  const sums = new Map<string, { bytes: number; tokens: number }>()
  const used = new Set<string>()
  for (const report of reports) {
    if (report.tokenizer !== table.tokenizer.sha256) continue
    for (const { cell, bytes, tokens } of report.cells) {
      const [source = '', lang = ''] = cell.split('/')
      const key = `${lang}/${source}`
      const sum = sums.get(key) ?? { bytes: 0, tokens: 0 }
      sums.set(key, { bytes: sum.bytes + bytes, tokens: sum.tokens + tokens })
      used.add(report.manifest.slice(0, 8))
    }
  }
  const measured = [...sums].flatMap(([key, { bytes, tokens }]): [string, number][] =>
    key in table.bytesPerToken && tokens >= TOKENS_TO_TRUST && bytes > 0 ? [[key, bytes / tokens]] : [],
  )
  if (measured.length === 0) return table
  const [shipped = ''] = table.id.split('+')
  return {
    ...table,
    id: [shipped, ...[...used].sort()].join('+'),
    bytesPerToken: { ...table.bytesPerToken, ...Object.fromEntries(measured) },
  }
}
