/** Cursors of lists, newest first: the time and id of the last row that was answered. One that is not ours is refused. */
import { z } from '@hono/zod-openapi'

/** Wherever a cursor is not one that an answer had. */
export const NOT_OURS = 'expected the cursor of an earlier answer'

export const Paging = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .regex(/^\d{1,15}~./, NOT_OURS)
    .optional(),
})

export interface Place {
  readonly ms: number
  readonly id: string
}

/** Null without a cursor: the list from its start. */
export function placeOf(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null
  const at = cursor.indexOf('~')
  return { ms: Number(cursor.slice(0, at)), id: cursor.slice(at + 1) }
}

/** The cursor behind the last of `rows`, null when there are no more. */
export function cursorBehind(rows: readonly { createdAtMs: number; id: string }[], limit: number): string | null {
  const last = rows.at(-1)
  return rows.length === limit && last !== undefined ? `${last.createdAtMs}~${last.id}` : null
}
