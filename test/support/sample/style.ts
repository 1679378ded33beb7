/** Inline style sheets as pages carry them: a few real rules and many that nobody needs. */
import type { PageContext } from './site.ts'

const BLOCKS = [
  'header',
  'nav',
  'menu',
  'hero',
  'card',
  'grid',
  'side',
  'promo',
  'share',
  'comment',
  'foot',
  'btn',
  'tag',
  'crumb',
  'form',
  'modal',
]
const PARTS = ['', '__title', '__item', '__link', '--wide', '--dark', ':hover', '>li', ' a', ' img', '::before']
const RULES: readonly ((n: number) => string)[] = [
  (n) => `margin:0 0 ${n % 40}px`,
  (n) => `padding:${n % 24}px ${(n >> 3) % 32}px`,
  (n) => `color:#${n.toString(16).repeat(3).slice(0, 3)}`,
  (n) => `font-size:${0.75 + (n % 16) / 16}rem`,
  (n) => ['display:flex', 'display:block', 'display:inline-block', 'display:none', 'float:left'][n % 5] ?? '',
  (n) => `line-height:1.${n % 9}`,
  (n) => `max-width:${320 + (n % 60) * 16}px`,
  (n) => `border-bottom:${1 + (n % 3)}px solid rgba(0,0,0,.${n % 9})`,
  (n) =>
    ['list-style:none', 'text-decoration:none', 'overflow:hidden', 'position:relative', 'text-align:center'][n % 5] ??
    '',
]

export function style({ site, choose }: PageContext, count: number): string {
  const rules = Array.from({ length: count }, () => {
    const selector = `.${site.prefix}-${choose.pick(BLOCKS)}${choose.pick(PARTS)}`
    const body = choose.some(RULES, 2 + choose.int(3)).map((rule) => rule(choose.int(24)))
    return `${selector}{${body.join(';')}}\n`
  })
  const base = 'body{margin:0;font:16px/1.6 Georgia,serif}img{max-width:100%;height:auto}a{color:inherit}\n'
  return `${base}${rules.join('')}@media(max-width:720px){.${site.prefix}-side{display:none}}\n`
}
