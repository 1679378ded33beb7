import { describe, expect, it } from 'vitest'
import { BOILERPLATE_WORDS } from '../../../functions/extract/boilerplate-words.ts'
import { hashName } from '../../../functions/extract/name-hash.ts'
import { MAX_TEXT_WORDS, textWords } from '../../../functions/extract/text-words.ts'

function hashesOf(text: string): number[] {
  const bytes = new TextEncoder().encode(text)
  const into = new Int32Array(MAX_TEXT_WORDS)
  return [...into.subarray(0, textWords(bytes, 0, bytes.length, into))]
}

describe('the words of a block', () => {
  it.each<[string, string, readonly string[]]>([
    ['words', 'leave a comment', ['leave', 'comment']],
    ['capitals', 'LEAVE A Comment!', ['leave', 'comment']],
    ['marks and digits between', 'read-more: 12 comments', ['read', 'more', 'comments']],
    ['nothing', '', []],
    ['no letters', '12 / 4 —', []],
  ])('%s', (_, text, words) => {
    expect(hashesOf(text)).toEqual(words.map(hashName))
  })

  it('pairs ideographs that stand together', () => {
    const [first, second, third, ...more] = hashesOf('相关阅读')
    expect(more).toEqual([])
    expect(new Set([first, second, third]).size).toBe(3)
    expect(hashesOf('最新阅读').at(-1)).toBe(third)
    expect(hashesOf('相关')).toEqual([first])
    expect(hashesOf('相 关')).toEqual([])
    expect(hashesOf('see 相关')).toEqual([hashName('see'), first])
  })

  it('keeps letters with marks in their word', () => {
    expect(hashesOf('Ähnliche Beiträge')).toHaveLength(2)
    expect(hashesOf('Beiträge')).not.toEqual(hashesOf('Beitrage'))
  })

  it('reads no further than the first words', () => {
    expect(hashesOf('word '.repeat(100))).toHaveLength(MAX_TEXT_WORDS)
    expect(hashesOf('字'.repeat(100))).toHaveLength(MAX_TEXT_WORDS)
  })
})

describe('words of what stands around main text', () => {
  const hashesIn = (text: string): number[] => hashesOf(text).filter((hash) => BOILERPLATE_WORDS.includes(hash))

  it('are each one word, said once', () => {
    expect(new Set(BOILERPLATE_WORDS).size).toBe(BOILERPLATE_WORDS.length)
  })

  it.each<[string, number]>([
    ['UID 4601 精华 1 帖子 1048 金币 228', 3],
    ['首页 登录 注册', 3],
    ['相关推荐', 2],
    ['磨坊立在河边，水轮转了两百年。', 0],
  ])('%s', (text, count) => {
    expect(hashesIn(text)).toHaveLength(count)
  })
})
