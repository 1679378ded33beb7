/** Which columns of a Parquet file are read for what, and which that look so are not. */
import type { SchemaTree } from 'hyparquet'
import { isFlatColumn } from 'hyparquet/src/schema.js'
import { USUAL_COLUMNS, type TextColumns } from '../../schema/text-columns.ts'
import { Unreadable } from './parquet-footer.ts'

export type Use = keyof TextColumns

/** The path of each column that is read, by what it is read for. */
export type Paths = Readonly<Partial<Record<Use, readonly SchemaTree[]>>> & {
  readonly textColumn: readonly SchemaTree[]
}

export interface ChosenColumns {
  readonly paths: Paths
  /** A sentence for each column of a usual name that is not read because of its type. */
  readonly ignored: readonly string[]
}

const EXPECTED: Readonly<Record<Use, string>> = {
  textColumn: 'text',
  urlColumn: 'text',
  idColumn: 'text or integers',
  titleColumn: 'text',
}
const NULLS = 'of the type null: it holds no value at all'

/** Throws `Unreadable` where there is no text column, or a column that was asked for is not there or of another type. */
export function chooseColumns(root: SchemaTree, wanted: TextColumns): ChosenColumns {
  const names = root.children.map(({ element }) => element.name)
  if (names.length === 0) throw new Unreadable('the Parquet file has no columns at all, expected one with text')
  const ignored: string[] = []
  const find = (use: Use): readonly SchemaTree[] | null => {
    const asked = wanted[use]
    for (const name of asked === undefined ? USUAL_COLUMNS[use] : [asked]) {
      const [column, ...twins] = root.children.filter(({ element }) => element.name === name)
      if (column === undefined) continue
      if (twins.length > 0) {
        const many = `the Parquet file has ${twins.length + 1} columns of the name ${name}`
        throw new Unreadable(`${many}, expected one: which of them is meant cannot be told; rename the others`)
      }
      const path = [root, column]
      const held = typeOf(path)
      if (isText(held) || (use === 'idColumn' && isNumber(held))) return path
      const wrong = `the column ${name} is ${held}, expected ${EXPECTED[use]}`
      if (asked !== undefined || use === 'textColumn') throw new Unreadable(wrong)
      // Of a column without values nothing is lost.
      if (held !== NULLS) ignored.push(`${wrong}: the rows are read without it`)
    }
    if (asked === undefined && use !== 'textColumn') return null
    const missing = asked ?? USUAL_COLUMNS.textColumn.join(' or ')
    throw new Unreadable(`the Parquet file has no column ${missing}; it has ${names.join(', ')}`)
  }
  const textColumn = find('textColumn')
  if (textColumn === null) throw new Unreadable('the Parquet file has no text column')
  const paths: Partial<Record<Use, readonly SchemaTree[]>> & Paths = { textColumn }
  for (const use of ['urlColumn', 'idColumn', 'titleColumn'] as const) {
    const path = find(use)
    if (path !== null) paths[use] = path
  }
  return { paths, ignored }
}

const isText = (type: string): boolean => /^BYTE_ARRAY(?: \((?:STRING|UTF8|ENUM|JSON)\))?$/.test(type)
const isNumber = (type: string): boolean => /^(?:INT64|INT32)(?: \((?:INTEGER|U?INT_\d+)\))?$/.test(type)

/** The physical type of a column, and what its writer means by it. */
function typeOf(path: readonly SchemaTree[]): string {
  const [, column] = path
  if (column === undefined || column.children.length > 0 || !isFlatColumn([...path])) return 'a nested column'
  const { type = 'of no type', logical_type: logical, converted_type: converted } = column.element
  const meant = logical?.type ?? converted
  if (meant === 'NULL') return NULLS
  return meant === undefined ? type : `${type} (${meant})`
}
