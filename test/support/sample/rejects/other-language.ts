/** Pages in languages that the corpus does not take, each with a text of its own. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { FIXTURES } from '../articles.ts'
import { escape } from '../html.ts'
import type { RejectedPage } from './frame.ts'

const FURNITURE: Readonly<Record<string, { host: string; menu: readonly string[]; footer: string; heading: string }>> =
  {
    ja: {
      host: 'amaoto-dayori.example',
      menu: ['ホーム', '記事一覧', 'お問い合わせ', 'プロフィール'],
      footer: '無断転載を禁じます。',
      heading: '関連記事',
    },
    ko: {
      host: 'golmok-iyagi.example',
      menu: ['홈', '글 목록', '방명록', '소개'],
      footer: '무단 전재와 재배포를 금합니다.',
      heading: '관련 글',
    },
    fr: {
      host: 'chroniques-du-plateau.example',
      menu: ['Accueil', 'Archives', 'Contact', 'À propos'],
      footer: 'Tous droits réservés. Mentions légales.',
      heading: 'À lire aussi',
    },
    de: {
      host: 'heimatblaetter-online.example',
      menu: ['Startseite', 'Archiv', 'Kontakt', 'Über uns'],
      footer: 'Alle Rechte vorbehalten. Impressum und Datenschutz.',
      heading: 'Mehr zum Thema',
    },
    ru: {
      host: 'zapiski-nastroishchika.example',
      menu: ['Главная', 'Архив', 'Контакты', 'О проекте'],
      footer: 'Все права защищены.',
      heading: 'Читайте также',
    },
    es: {
      host: 'cuadernos-del-norte.example',
      menu: ['Inicio', 'Archivo', 'Contacto', 'Quiénes somos'],
      footer: 'Todos los derechos reservados. Aviso legal.',
      heading: 'Te puede interesar',
    },
  }

export function otherLanguages(): RejectedPage[] {
  const folder = path.join(FIXTURES, 'other-languages')
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const lang = name.slice(0, -'.md'.length)
      const furniture = FURNITURE[lang]
      if (furniture === undefined) throw new Error(`no furniture for ${name}`)
      const [title = '', ...paragraphs] = readFileSync(path.join(folder, name), 'utf8').trim().split(/\n+/)
      const heading = escape(title.replace(/^# /, ''))
      const items = furniture.menu.map((item, i) => `<li><a href="/${i}">${item}</a></li>`).join('')
      const html = `<!DOCTYPE html>
<html lang="${lang}"><head><meta charset="utf-8"><title>${heading}</title><style>body{max-width:60em;margin:auto}</style></head>
<body><header><nav><ul>${items}</ul></nav></header>
<main><article><h1>${heading}</h1>
${paragraphs.map((text) => `<p>${escape(text)}</p>`).join('\n')}
</article></main>
<aside><h3>${furniture.heading}</h3><ul>${items}</ul></aside>
<footer><p>${furniture.footer}</p></footer></body></html>
`
      return {
        url: `https://${furniture.host}/2023/${lang}-1.html`,
        category: 'other-language',
        lang,
        reasons: [`language/${lang}`],
        html,
      }
    })
}
