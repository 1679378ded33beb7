/**
 * Words of what stands around main text on Chinese pages, as forums, news sites and blogs have them: the training pages are
 * mostly English, and a model that has not met a word takes it for text. Pairs of ideographs, as text-words.ts cuts them;
 * a word that the model has learned weighs what it learned. Written for this project.
 */
import { MAX_TEXT_WORDS, textWords } from './text-words.ts'

const FORUM =
  '注册 登录 登陆 会员 积分 金币 精华 威望 财富 等级 级别 权限 帖子 主页 离线 在线 引用 举报 评分 回复 短消 消息 好友 头像 签名 只看 倒序 楼层 ' +
  '发帖 跟帖 顶部 版主 置顶 鲜花 鸡蛋 采纳 赞同 点赞 反对 追问 浏览 註冊 登入 會員 積分 回覆 瀏覽'
const SITE =
  '首页 导航 返回 搜索 收藏 订阅 打印 分享 关注 微信 微博 扫码 二维 客服 下载 广告 投稿 投诉 版权 备案 隐私 条款 免责 声明 责编 链接 友情 站长 公网 ' +
  '首頁 搜尋 訂閱 下載 廣告 版權 聯絡 隱私'
const LISTS =
  '相关 推荐 热门 更多 上一 下一 一篇 评论 留言 网友 排行 标签 栏目 频道 专题 点击 猜你 相關 推薦 熱門 評論 點擊'

export const BOILERPLATE_WEIGHT = -2

/** Hashes as text-words.ts makes them. */
export const BOILERPLATE_WORDS: readonly number[] = [FORUM, SITE, LISTS]
  .flatMap((words) => words.split(' '))
  .map(hashOf)

function hashOf(word: string): number {
  const into = new Int32Array(MAX_TEXT_WORDS)
  const bytes = new TextEncoder().encode(word)
  if (textWords(bytes, 0, bytes.length, into) !== 1) throw new Error(`not one word: ${word}`)
  return into[0] as number
}
