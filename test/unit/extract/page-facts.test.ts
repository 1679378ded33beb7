import { describe, expect, it } from 'vitest'
import { linkedData } from '../../../functions/extract/json-ld.ts'
import { emptyMetadata, metadataSink } from '../../../functions/extract/metadata.ts'
import { FACTS, pageFacts } from '../../../functions/extract/page-facts.ts'
import { createScanner } from '../../../functions/extract/scan.ts'

const scanPage = createScanner()

function factsOf(html: string, url = '') {
  const metadata = emptyMetadata()
  const { blocks } = scanPage(new TextEncoder().encode(html), metadataSink(metadata))
  const { values, title, description } = pageFacts(blocks, { metadata, linked: linkedData(metadata.jsonLd), url })
  return { ...Object.fromEntries(FACTS.map((name, i) => [name, values[i]])), title, description }
}

const declares = (type: string): string => `<script type="application/ld+json">{"@type":"${type}"}</script>`

describe('what a page says of itself', () => {
  it.each<[string, string, Record<string, number>]>([
    ['an article', '<meta property="og:type" content="article">', { declaresArticle: 1, declaresNothing: 0 }],
    ['a thread', declares('DiscussionForumPosting'), { declaresPosts: 1, declaresArticle: 0 }],
    ['a product', declares('Product'), { declaresProduct: 1 }],
    ['a product, by Open Graph', '<meta property="og:type" content="product">', { declaresProduct: 1 }],
    ['a list', declares('CollectionPage'), { declaresList: 1 }],
    ['a site', '<meta property="og:type" content="website">', { declaresSite: 1, declaresNothing: 0 }],
    ['nothing', '<p>x', { declaresNothing: 1, title: -1, description: -1 }],
  ])('%s', (_, html, facts) => {
    expect(factsOf(html)).toMatchObject(facts)
  })

  it.each<[string, Record<string, number>]>([
    ['https://site.example/', { addressDepth: 0, addressHyphens: 0, addressDigits: 0 }],
    ['https://site.example', { addressDepth: 0 }],
    ['https://site.example/a/b/how-to-mill-corn?x=1/2#c', { addressDepth: 3, addressHyphens: 3 }],
    ['https://site.example/t/12345.html', { addressDepth: 2, addressDigits: 5 }],
    ['', { addressDepth: 0, addressHyphens: 0, addressDigits: 0 }],
  ])('its address: %s', (url, facts) => {
    expect(factsOf('<p>x', url)).toMatchObject(facts)
  })

  it('where its title and its description stand', () => {
    const head =
      '<title>The mill by the water</title><meta name="description" content="The mill stands by the water,\n and turns.">'
    const html = `${head}<p>Home<h1>The mill by the water</h1><p>By Ann<p>The mill stands by the water, and turns. It is old.`
    expect(factsOf(html)).toMatchObject({ title: 1, description: 3 })
  })

  it('too short a title is found nowhere', () => {
    expect(factsOf('<title>Home</title><p>Home')).toMatchObject({ title: -1 })
  })
})
