/** Text that no one wrote: sentences spun from a pattern, and words thrown together without grammar. */
import { choose } from '../choose.ts'
import { frame } from './frame.ts'
import type { RejectedPage } from './frame.ts'

const CITIES = 'Alderholt Brackwell Cleavesby Dunmere Eastry Fallowgate'.split(' ')
const ZH_CITIES = '青坪 东浦 宁西 溪口 云桥 海州'.split(' ')

const spun = (thing: string, city: string): string =>
  `Are you looking for the best ${thing} in ${city}? The best ${thing} in ${city} is what we do. ` +
  `When you need the best ${thing} in ${city} you want the best ${thing} in ${city} at the best price. ` +
  `Call us today for the best ${thing} in ${city}, because the best ${thing} in ${city} is only one call away.`

const spunZh = (thing: string, city: string): string =>
  `${city}${thing}哪家好？${city}${thing}哪家专业？选择${city}${thing}就选我们的${city}${thing}。${city}${thing}价格实惠，${city}${thing}服务周到，${city}${thing}值得信赖，欢迎咨询${city}${thing}。`

/** None of the little words that every English text has. */
const SALAD =
  'lantern gravel quorum sideways molten ferry bracket violet anthem turnip ledger hollow saddle mirror plank thunder copper willow gadget harvest needle orbit parsley canyon ribbon socket tundra umbrella velvet walnut zipper anchor blanket cactus domino ember fossil glacier hinge igloo jigsaw kettle magnet nutmeg oyster pigment quiver raisin'.split(
    ' ',
  )
const SALAD_ZH =
  '锅炉灯笼石桥风筝算盘柳树抽屉铁锹蜻蜓墨水齿轮海带手套棋盘纽扣云朵扁担蜡烛水泵瓦片剪刀帆船竹篮陶罐麻绳铜铃'.split('')

const page = (url: string, lang: string, title: string, paragraphs: readonly string[]): RejectedPage => ({
  url,
  category: 'machine-text',
  lang,
  reasons: ['quality/', 'language/', 'no-main-text'],
  html: frame(
    { url, lang, title },
    `<div class="content">${paragraphs.map((text) => `<p>${text}</p>`).join('\n')}</div>`,
  ),
})

const salad = (url: string): string[] => {
  const pick = choose(url)
  return Array.from({ length: 12 }, () => Array.from({ length: 45 + pick.int(20) }, () => pick.pick(SALAD)).join(' '))
}

const saladZh = (url: string): string[] => {
  const pick = choose(url)
  return Array.from({ length: 10 }, () => Array.from({ length: 90 }, () => pick.pick(SALAD_ZH)).join(''))
}

export function machineText(): RejectedPage[] {
  const salads = ['https://qz81-content.example/p/3.html', 'https://autotext-hub.example/post/9917'] as const
  const saladsZh = 'https://caiji-zhan.example/html/77120.html'
  return [
    page(
      'https://drain-experts-near-you.example/areas',
      'en',
      'Best drain cleaning near you',
      CITIES.map((city) => spun('drain cleaning service', city)),
    ),
    page(
      'https://limo-hire-now.example/city-pages.html',
      'en',
      'Best limousine hire',
      CITIES.map((city) => spun('limousine hire', city)),
    ),
    page(
      'https://kaisuo-fuwu.example/area.html',
      'zh',
      '开锁换锁公司哪家好',
      ZH_CITIES.map((city) => spunZh('开锁换锁公司', city)),
    ),
    ...salads.map((url) => page(url, 'en', 'Untitled document', salad(url))),
    page(saladsZh, 'zh', '无标题文档', saladZh(saladsZh)),
  ]
}
