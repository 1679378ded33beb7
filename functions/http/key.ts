/** What a bearer key is. The command line makes keys, the Worker knows only their hashes. */
import { createHash } from 'node:crypto'

export const SCOPES = ['ingest', 'read', 'plan', 'train', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex')
