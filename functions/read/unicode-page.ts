/** A page whose body is Unicode already (a line of NDJSON, a row of a table), or why it is none. */
import type { Page } from '../page.ts'
import { rejected } from './read-event.ts'
import type { Place, ReadEvent } from './read-event.ts'

type Said = Pick<Page, 'url' | 'body' | 'kind'> &
  Partial<Pick<Page, 'contentType' | 'fetchedAt' | 'source' | 'lang' | 'title'>>

/** `body` is UTF-8. */
export function unicodePage(said: Said, place: Place, maxPageBytes: number): ReadEvent {
  const { url, body } = said
  if (body.length > maxPageBytes)
    return rejected(place, url, { code: 'too-large', bytes: body.length, maxBytes: maxPageBytes })
  if (body.length === 0) return rejected(place, url, { code: 'empty' })
  const page: Page = {
    contentType: null,
    // Whatever charset the page's own meta names no longer holds.
    charset: 'utf-8',
    status: 200,
    fetchedAt: null,
    source: null,
    lang: null,
    ...said,
    ...place,
  }
  return { kind: 'page', page }
}
