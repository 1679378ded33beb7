/** Which columns of Parquet files are read, as the commands that read files take it. */
import { UsageError } from './arguments.ts'
import { USUAL_COLUMNS, type TextColumns } from '../schema/text-columns.ts'

export const COLUMN_OPTIONS = {
  'text-column': { type: 'string' },
  'url-column': { type: 'string' },
  'id-column': { type: 'string' },
  'title-column': { type: 'string' },
} as const

const usual = (use: keyof TextColumns): string => USUAL_COLUMNS[use].join(' or ')

export const COLUMN_USAGE = `  --text-column NAME    column of a Parquet file that holds the text (default ${usual('textColumn')})
  --url-column NAME     its column of addresses (default ${usual('urlColumn')}, if there is one)
  --id-column NAME      its column of names, used where there is no address (default ${usual('idColumn')}, if there is one)
  --title-column NAME   its column of titles (default ${usual('titleColumn')}, if there is one)`

type Values = Readonly<Partial<Record<keyof typeof COLUMN_OPTIONS, string | undefined>>>

export function columnsOf(values: Values): TextColumns {
  for (const [name, value] of Object.entries(values))
    if (name in COLUMN_OPTIONS && value === '')
      throw new UsageError(`--${name} is empty, expected the name of a column`, COLUMN_USAGE)
  const named = {
    textColumn: values['text-column'],
    urlColumn: values['url-column'],
    idColumn: values['id-column'],
    titleColumn: values['title-column'],
  }
  return Object.fromEntries(Object.entries(named).filter(([, name]) => name !== undefined))
}
