/** Which template a site uses. */
import { choose } from '../choose.ts'
import type { PageContext } from '../site.ts'
import { magazine, reference, tables, unclosed } from './old.ts'
import { docs, microdata, news, weblog } from './semantic.ts'
import { breaks, hashed, nested, portal } from './soup.ts'

export const TEMPLATES = {
  news,
  weblog,
  microdata,
  docs,
  hashed,
  portal,
  breaks,
  nested,
  tables,
  unclosed,
  reference,
  magazine,
} as const satisfies Record<string, (page: PageContext) => string>

export type TemplateName = keyof typeof TEMPLATES

const EN_SITES: readonly TemplateName[] = [
  'news',
  'weblog',
  'microdata',
  'hashed',
  'tables',
  'unclosed',
  'magazine',
  'portal',
]
const ZH_SITES: readonly TemplateName[] = [
  'portal',
  'breaks',
  'nested',
  'weblog',
  'microdata',
  'hashed',
  'tables',
  'news',
  'magazine',
]

export function templateOf({ article }: PageContext): TemplateName {
  const pick = choose(`template of ${article.site}`)
  if (/cidian|dictionary|handbook|primer|-terms/.test(article.site)) return 'reference'
  if (article.kind === 'guide' && pick.chance(0.3)) return 'docs'
  return pick.pick(article.lang === 'zh' ? ZH_SITES : EN_SITES)
}

export const render = (page: PageContext): string => TEMPLATES[templateOf(page)](page)
