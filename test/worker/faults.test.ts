import { beforeAll, describe, expect, it } from 'vitest'
import { joined } from '../unit/read/warc-fixture.ts'
import { readBindings } from '../../functions/platform/bindings.ts'
import { gateWith, type Fault } from './faults.ts'
import { articles, beginBatch, emptyPage, members, nearCopyOf, storeObject } from './pages.ts'
import { drain, newWorld, recover, snapshot, type Snapshot, type World } from './world.ts'

/** Two objects that share a page and have two pages much alike, one with a page to turn away, in slices of a few pages. */
async function begin(): Promise<World> {
  const world = await newWorld({ SLICE_BYTES: '2500' })
  const three = articles(3)
  const [a, b, c, copy] = members([...three, ...three.slice(2).map((article) => nearCopyOf(article))])
  const first = joined(...[a, b, emptyPage('https://empty.example/'), c].flatMap((member) => member ?? []))
  const second = joined(...[b, copy].flatMap((member) => member ?? []))
  const objects = [await storeObject('crawl/1.warc.gz', first), await storeObject('crawl/2.warc.gz', second)]
  await beginBatch(world.bindings, 'batch', objects)
  return world
}

/** Sixteen partitions are told side by side: the first, the last and every fifth of them stand for all. */
const turns = (writes: readonly string[]): number[] => {
  const kindOf = (name: string | undefined): string | undefined => name?.replace(/partition-\w/, 'a partition')
  return writes.flatMap((name, i) => {
    const isInside = [writes[i - 1], writes[i + 1]].every((other) => kindOf(other) === kindOf(name))
    return isInside && i % 5 !== 0 ? [] : [i + 1]
  })
}

async function broken(fault: Fault, at: number): Promise<Snapshot> {
  const world = await begin()
  const gate = gateWith(fault, at)
  await drain(world, { bindings: readBindings(world.through(gate)) })
  expect(gate.writes.length).toBeGreaterThanOrEqual(at)
  await gate.settled()
  await recover(world, { resume: fault === 'killed' })
  return snapshot()
}

describe('a batch that breaks between its first slice and its publication', () => {
  let undisturbed: Snapshot
  let writes: string[]

  beforeAll(async () => {
    const world = await begin()
    const gate = gateWith()
    expect(await drain(world, { bindings: readBindings(world.through(gate)) })).toBe(true)
    writes = gate.writes
    undisturbed = await snapshot()
  })

  it('is read in several slices and sealed when nothing breaks', () => {
    const { batches, seals, slices } = undisturbed.rows
    expect(batches).toMatchObject([{ state: 'sealed' }])
    expect(seals).toMatchObject([{ number: 1, state: 'published', candidates: 5, duplicates: 1, near_duplicates: 1 }])
    expect(slices).toHaveLength(3)
    expect(slices?.map(({ rejected }) => rejected).sort()).toEqual([0, 0, 1])
  })

  // What fails without killing takes turns: refused here, unheard there, which halves the time.
  it.each<[string, readonly Fault[]]>([
    ['killed', ['killed']],
    ['refused or unheard', ['refused', 'unheard']],
  ])(
    'ends in the same rows and bytes, each write %s in turn',
    async (_, faults) => {
      for (const at of turns(writes)) {
        const fault = faults[at % faults.length] ?? 'killed'
        expect(await broken(fault, at), `${fault} at write ${at}, ${writes[at - 1]}`).toEqual(undisturbed)
      }
    },
    600_000,
  )
})
