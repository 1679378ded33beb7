/** The documents of the other sources: `documents/<source>.<lang>.md` → lines as `POST /v1/pages` takes them. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { PostedPage } from '../../../schema/page.ts'
import { FIXTURES } from './articles.ts'

const FIRST_DAY = Date.UTC(2025, 8, 1, 6)
const DAY_MS = 24 * 60 * 60 * 1000

export function documents(): PostedPage[] {
  const folder = path.join(FIXTURES, 'documents')
  const files = readdirSync(folder).filter((name) => name.endsWith('.md'))
  const pages = files.sort().flatMap((name) => {
    const [source = '', lang = ''] = name.split('.')
    const parts = readFileSync(path.join(folder, name), 'utf8').split(/^=== /m).slice(1)
    return parts.map((part) => {
      const end = part.indexOf('\n')
      const [slug = '', title = ''] = part.slice(0, end).split(' | ')
      const body = part.slice(end).trim()
      // Code is its file as it stands; everything else begins with its title.
      return {
        url: `https://library.example/${source}/${slug.trim()}`,
        text: source === 'code' ? body : `${title.trim()}\n\n${body}`,
        source,
        lang,
      }
    })
  })
  return pages.map((page, i) =>
    PostedPage.parse({ ...page, fetchedAt: new Date(FIRST_DAY + i * DAY_MS).toISOString() }),
  )
}
