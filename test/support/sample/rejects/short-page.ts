/** Log-in walls, pages with next to nothing on them, and notices too short to be a document. */
import { frame } from './frame.ts'
import type { RejectedPage } from './frame.ts'

interface ShortPage {
  readonly url: string
  readonly lang: string
  readonly title: string
  readonly main: string
}

const form = (user: string, password: string, button: string, links: string): string =>
  `<form action="/session" method="post"><label>${user}<input name="user" autocomplete="username"></label><label>${password}<input type="password" name="password"></label><label><input type="checkbox" name="keep"></label><button>${button}</button>${links}</form>`

const LOGIN_WALLS: readonly ShortPage[] = [
  {
    url: 'https://members.gazette-of-record.example/article/88213',
    lang: 'en',
    title: 'Log in to continue reading',
    main: `<p>This article is for subscribers.</p>${form('E-mail', 'Password', 'Log in', '<a href="/forgot">Forgotten your password?</a> <a href="/join">Create an account</a>')}`,
  },
  {
    url: 'https://portal.collegeintranet.example/login?next=%2Ftimetable',
    lang: 'en',
    title: 'Single sign-on',
    main: `<p>Please sign in with your college account.</p>${form('User name', 'Password', 'Sign in', '<a href="/help">Help desk</a>')}<p>Unauthorised use is prohibited.</p>`,
  },
  {
    url: 'https://bbs.jishu-luntan.example/thread-55120-1-1.html',
    lang: 'zh',
    title: '提示信息',
    main: `<p>抱歉，您尚未登录，没有权限访问该版块。</p>${form('用户名', '密码', '登录', '<a href="/reg">立即注册</a> <a href="/lost">找回密码</a>')}`,
  },
  {
    url: 'https://wenku.ziliao-xiazai.example/view/aa31f0.html',
    lang: 'zh',
    title: '会员专享文档',
    main: `<p>剩余内容请登录后查看。</p>${form('手机号', '验证码', '登录／注册', '<a href="/vip">开通会员</a>')}`,
  },
]

const NEAR_EMPTY: readonly ShortPage[] = [
  { url: 'https://blank-canvas-studio.example/', lang: 'en', title: '', main: '' },
  {
    url: 'https://old-harbour-hotel.example/new',
    lang: 'en',
    title: 'Coming soon',
    main: '<p>Our new website is on its way.</p>',
  },
  {
    url: 'https://gallery.fernhill.example/album/12',
    lang: 'en',
    title: 'Album 12',
    main: Array.from({ length: 36 }, (_, i) => `<a href="/photo/${i}"><img src="/t/${i}.jpg" alt=""></a>`).join('\n'),
  },
  {
    url: 'https://kong-kong.example/index.htm',
    lang: 'zh',
    title: '正在建设中',
    main: '<p>网站维护中，请稍后访问。</p>',
  },
]

const TOO_SHORT: readonly ShortPage[] = [
  {
    url: 'https://village-notices.example/2024/05/water',
    lang: 'en',
    title: 'Water off on Tuesday',
    main: '<p>The water will be turned off on Tuesday between nine and noon while the main in Church Lane is mended. Please keep a kettle full. The hall has a tank for anybody who needs it.</p>',
  },
  {
    url: 'https://lost-and-found.example/item/4410',
    lang: 'en',
    title: 'Found: one brown glove',
    main: '<p>A brown leather glove was handed in on Friday. It is for the left hand and has the letters E.T. inside. The owner can collect it at the desk.</p>',
  },
  {
    url: 'https://shequ-tongzhi.example/notice/2024-0517',
    lang: 'zh',
    title: '停水通知',
    main: '<p>因管道检修，本周二上午九点至十二点停水，请各位居民提前储水，给您带来不便，敬请谅解。</p>',
  },
]

export function shortPages(): RejectedPage[] {
  const reasons = ['no-main-text', 'empty', 'quality/', 'language/']
  const pages = (category: string, plans: readonly ShortPage[]): RejectedPage[] =>
    plans.map(({ url, lang, title, main }) => ({
      url,
      category,
      lang,
      reasons,
      html: frame({ url, lang, title }, main, { sidebar: false }),
    }))
  return [...pages('login-wall', LOGIN_WALLS), ...pages('near-empty', NEAR_EMPTY), ...pages('too-short', TOO_SHORT)]
}
