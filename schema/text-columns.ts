/** Which columns of a table hold what a document is made of. */
import { z } from 'zod'

const Name = z.string().min(1).max(200)

/** Where a batch names no column, those that such files mostly have are looked for. */
export const TextColumns = z.object({
  textColumn: Name.optional(),
  urlColumn: Name.optional(),
  idColumn: Name.optional(),
  titleColumn: Name.optional(),
})
export type TextColumns = z.infer<typeof TextColumns>

/** As a batch keeps them: the same columns are the same text. */
export function writeColumns({ textColumn, urlColumn, idColumn, titleColumn }: TextColumns): string {
  return JSON.stringify({ textColumn, urlColumn, idColumn, titleColumn })
}

export const readColumns = (text: string): TextColumns => TextColumns.parse(JSON.parse(text))

export const USUAL_COLUMNS: Readonly<Record<keyof TextColumns, readonly string[]>> = {
  textColumn: ['text', 'content'],
  urlColumn: ['url'],
  idColumn: ['id'],
  titleColumn: ['title'],
}
