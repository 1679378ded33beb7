/**
 * What a page's JSON-LD says of the page itself: not of products it sells, reviews below it or stories it lists.
 * Some JSON-LD breaks off or holds raw line breaks: of that only a date is read, by pattern. Cost: linear, at most MAX_NODES objects a page.
 */
import { plainText } from './entities.ts'

interface JsonObject {
  readonly [key: string]: unknown
}

export interface LinkedData {
  /** `@type` of all objects that describe the page. */
  readonly types: ReadonlySet<string>
  /** Persons, or what is not said to be something else. */
  readonly authors: readonly string[]
  readonly organisations: readonly string[]
  readonly published: string | null
  /** Address or name of the licence. */
  readonly licence: string | null
  /** From JSON-LD that does not parse, by pattern. */
  readonly unparsedDate: string | null
}

const MAX_NODES = 2000
/** Types that a page's own text has, the surest first. */
const PAGE_TYPES = [
  /Article$|^BlogPosting$|^Report$|^DiscussionForumPosting$|^SocialMediaPosting$|^LiveBlogPosting$|^Recipe$|^Question$|^HowTo$/,
  /^(?:WebPage|ItemPage|AboutPage|FAQPage|CreativeWork|VideoObject|PodcastEpisode|Course|Dataset|SoftwareSourceCode)$/,
]

export function linkedData(scripts: readonly string[]): LinkedData {
  const broken: string[] = []
  const nodes = nodesOf(scripts, broken)
  const byId = new Map<string, JsonObject>()
  for (const node of nodes)
    if (typeof node['@id'] === 'string' && typeof node['name'] === 'string') byId.set(node['@id'], node)
  let authors: readonly string[] = []
  let organisations: readonly string[] = []
  let published: string | null = null
  let licence: string | null = null
  for (const types of PAGE_TYPES)
    for (const node of nodes) {
      const own = typesOf(node)
      // What has no type is the page's: nothing else is gone into.
      if (own.length > 0 && !own.some((type) => types.test(type))) continue
      const written = node['author'] ?? node['creator']
      if (authors.length === 0) authors = namesOf(written, { byId, organisations: false })
      if (organisations.length === 0) organisations = namesOf(written, { byId, organisations: true })
      published ??= textOf(node['datePublished'])
      licence ??= licenceOf(node['license'])
    }
  const unparsedDate = broken.map((script) => DATE.exec(script)?.[1] ?? null).find((date) => date !== null) ?? null
  const types = new Set(nodes.flatMap(typesOf))
  return { types, authors, organisations, published, licence, unparsedDate }
}

const DATE = /"datePublished"\s*:\s*"([^"\\]{4,40})"/

/** All objects, those outside before those inside. Lists of other pages, comments and reviews are not gone into. */
function nodesOf(scripts: readonly string[], broken: string[]): JsonObject[] {
  const nodes: JsonObject[] = []
  const queue: unknown[] = []
  for (const script of scripts) {
    try {
      queue.push(JSON.parse(script.trim()))
    } catch {
      broken.push(script)
    }
  }
  for (let i = 0; i < queue.length && nodes.length < MAX_NODES; i++) {
    const value = queue[i]
    if (Array.isArray(value)) {
      for (const item of value) if (queue.length < MAX_NODES * 4) queue.push(item)
    } else if (isObject(value)) {
      nodes.push(value)
      for (const key of ['@graph', 'mainEntity', 'mainEntityOfPage', 'author', 'creator'])
        if (typeof value[key] === 'object' && queue.length < MAX_NODES * 4) queue.push(value[key])
    }
  }
  return nodes
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null

const typesOf = (node: JsonObject): string[] =>
  [node['@type']].flat().filter((type): type is string => typeof type === 'string')

function textOf(value: unknown): string | null {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' && first !== '' ? plainText(first.slice(0, 500)) : null
}

function licenceOf(value: unknown): string | null {
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (!isObject(first)) return textOf(first)
  return textOf(first['url']) ?? textOf(first['@id']) ?? textOf(first['name'])
}

interface Wanted {
  readonly byId: ReadonlyMap<string, JsonObject>
  readonly organisations: boolean
}

function namesOf(value: unknown, { byId, organisations }: Wanted): string[] {
  const names: string[] = []
  for (const item of [value].flat().slice(0, 12)) {
    if (typeof item === 'string') {
      if (!organisations) names.push(plainText(item.slice(0, 500)))
    } else if (isObject(item)) {
      const named = typeof item['name'] === 'string' ? item : byId.get(textOf(item['@id']) ?? '')
      const name = textOf(named?.['name'])
      const isOrganisation = named !== undefined && typesOf(named).some((type) => type.endsWith('Organization'))
      if (name !== null && isOrganisation === organisations) names.push(name)
    }
  }
  return [...new Set(names)]
}
