/** Seals that break until they are given up. */
import { expect } from 'vitest'
import { sweep } from '../../functions/ingest/ingest.cron.ts'
import { readBindings } from '../../functions/platform/bindings.ts'
import { gateWith, type Gate } from './faults.ts'
import { runWorkflow, type World } from './world.ts'

/** Lets the seal's workflow break at a write, until it is given up. */
export async function breakAt(world: World, seal: number, write: string): Promise<void> {
  const inner = gateWith()
  const gate: Gate = {
    ...inner,
    write: (name, work) => (name.includes(write) ? Promise.reject(new Error('no room')) : inner.write(name, work)),
  }
  for (let minute = 0; minute < 5; minute++) {
    expect(await runWorkflow(world, seal, readBindings(world.through(gate)))).toBe(false)
    await sweep(world.bindings, Date.now())
  }
}
