import { beforeAll, describe, expect, it } from 'vitest'
import { call, keyWith, problem, type Answer } from './client.ts'
import { articles, beginBatch, storeObject, warcOf } from './pages.ts'
import { drain, newWorld, type World } from './world.ts'

const PATH = '/v1/manifests'
const phase = (share: number, en: number) => ({
  name: 'only',
  share,
  mix: { en: { share: en, sources: { web: 1 } } },
})

describe('a recipe that cannot be planned', () => {
  let world: World
  let key: string

  beforeAll(async () => {
    world = await newWorld()
    key = await keyWith('plan')
    await beginBatch(world.bindings, 'batch', [await storeObject('a.warc.gz', warcOf(articles(6)))])
    await drain(world)
  })

  const order = (body: unknown): Promise<Answer> =>
    call(world, PATH, {
      method: 'POST',
      key,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })

  it('is refused by name when there is none of that name, with those there are', async () => {
    const answer = await order({ recipe: 'llama-9' })
    expect(answer).toEqual(problem('unknown-recipe', 422, PATH))
    expect(answer.body['detail']).toMatch(/llama-9.*llama-3-syne/)
  })

  it.each(['constructor', '__proto__'])('is refused by name when it is called %s', async (recipe) => {
    const answer = await order({ recipe })
    expect(answer).toEqual(problem('unknown-recipe', 422, PATH))
    expect(answer.body['detail']).toContain('llama-3-syne')
  })

  it.each([
    ['languages', { name: 'r', phases: [phase(1, 0.9)] }, /languages sum to 0\.9, expected 1/],
    ['phases', { name: 'r', phases: [phase(0.5, 1)] }, /phases sum to 0\.5, expected 1/],
  ])('is refused when the shares of its %s do not sum to 1, with what they sum to', async (_, recipe, found) => {
    const answer = await order({ recipe })
    expect(answer).toEqual(problem('invalid-recipe', 422, PATH))
    expect(String(answer.body['detail'])).toMatch(found)
  })

  it('is refused when the corpus lacks its sources, which are named', async () => {
    const answer = await order({ recipe: 'llama-3-syne' })
    expect(answer).toEqual(problem('missing-sources', 422, PATH))
    expect(JSON.stringify(answer.body['sources'])).toContain('encyclopedia')
  })
})
