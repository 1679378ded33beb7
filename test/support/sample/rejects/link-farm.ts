/** Pages of links: hundreds of anchors and hardly a sentence. */
import { choose } from '../choose.ts'
import { link, list } from '../html.ts'
import { frame } from './frame.ts'
import type { RejectedPage } from './frame.ts'

const GOODS =
  'sheds carpets tyres blinds loans wigs hoists gazebos ladders boilers caravans violins trampolines fences'.split(' ')
const TOWNS =
  'Alderholt Brackwell Cleavesby Dunmere Eastry Fallowgate Gorsley Harwick Inverlay Jarrowby Kelso Lydstep Marrick Norwell'.split(
    ' ',
  )
const QUALITIES = 'cheap best discount local used wholesale trusted free top online'.split(' ')
const ZH_GOODS = '钢管 彩钢板 挖掘机 冷库 地磅 叉车 塑料桶 变压器 升降机 输送带 岗亭 护栏网 保温棉 电缆'.split(' ')
const ZH_TOWNS = '青坪 东浦 宁西 溪口 云桥 海州 石门 白露 柳荫 南篱 芦荡 岭背'.split(' ')
const ZH_WORDS = '厂家 价格 批发 报价 直销 供应商 哪家好 回收 租赁 排名'.split(' ')

export function linkFarms(): RejectedPage[] {
  const plans = [
    { url: 'https://directory-of-everything.example/a-z/', lang: 'en', title: 'A–Z of local deals', numLinks: 420 },
    { url: 'https://best-links-4u.example/partners.html', lang: 'en', title: 'Partner links', numLinks: 260 },
    { url: 'https://huangye-daquan.example/list/10086.html', lang: 'zh', title: '企业黄页大全', numLinks: 380 },
    { url: 'https://lianjie-nongchang.example/', lang: 'zh', title: '友情链接', numLinks: 240 },
  ]
  return plans.map(({ url, lang, title, numLinks }) => {
    const pick = choose(url)
    const label = (): string =>
      lang === 'en'
        ? `${pick.pick(QUALITIES)} ${pick.pick(GOODS)} in ${pick.pick(TOWNS)}`
        : pick.pick(ZH_TOWNS) + pick.pick(ZH_GOODS) + pick.pick(ZH_WORDS)
    const links = Array.from({ length: numLinks }, (_, i) =>
      link(`/go/${i}-${pick.int(900)}`, label(), i % 7 === 0 ? ' target="_blank"' : ''),
    )
    const columns = [0, 1, 2].map((column) =>
      list(
        links.filter((_link, i) => i % 3 === column),
        ' class="col"',
      ),
    )
    const html = frame({ url, lang, title }, `<div class="directory">${columns.join('\n')}</div>`)
    return { url, category: 'link-farm', lang, reasons: ['no-main-text', 'quality/', 'language/'], html }
  })
}
