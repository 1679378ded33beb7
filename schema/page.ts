/** A page as `POST /v1/pages` and NDJSON objects carry it. */
import { z } from 'zod'
import { SOURCES } from './shard.ts'

export const PostedPage = z
  .object({
    url: z.string().min(1),
    html: z.string().optional(),
    text: z.string().optional(),
    source: z.enum(SOURCES).optional(),
    lang: z.string().optional(),
    fetchedAt: z.string().optional(),
    contentType: z.string().optional(),
  })
  .refine((page) => (page.html === undefined) !== (page.text === undefined), {
    message: 'expected exactly one of html and text',
  })
export type PostedPage = z.infer<typeof PostedPage>
