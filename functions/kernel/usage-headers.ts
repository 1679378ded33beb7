/** The response headers that say something of use; read from crawls, judged by extraction. */
export const USAGE_HEADERS = ['x-robots-tag', 'tdm-reservation', 'tdm-policy'] as const

/** By lower-cased name; lines of one name joined by a newline. */
export type UsageHeaders = Readonly<Partial<Record<(typeof USAGE_HEADERS)[number], string>>>
