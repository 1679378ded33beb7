/** Queue messages. `v` lets old messages in flight be told from new ones. */
import { z } from 'zod'

export const SliceMessage = z.object({
  v: z.literal(1),
  batch: z.string(),
  object: z.string(),
  start: z.int().nonnegative(),
})
export type SliceMessage = z.infer<typeof SliceMessage>
