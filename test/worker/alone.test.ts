import { describe, expect, it } from 'vitest'
import { alone } from '../../functions/ingest/alone.ts'

describe('an isolate', () => {
  it('lets one slice in at a time', async () => {
    let inside = 0
    let most = 0
    const work = async (): Promise<void> => {
      inside += 1
      most = Math.max(most, inside)
      await scheduler.wait(20)
      inside -= 1
    }
    await Promise.all([1, 2, 3].map(() => alone(work)))
    expect([most, inside]).toEqual([1, 0])
  })

  it('lets the next in after one that failed', async () => {
    await expect(
      alone(async () => {
        throw new Error('broken')
      }),
    ).rejects.toThrow('broken')
    expect(await alone(async () => 'in')).toBe('in')
  })

  it('lets the next in when one was killed and left no trace', async () => {
    let end = (): void => {}
    const killed = alone(
      () =>
        new Promise<void>((resolve) => {
          end = resolve
        }),
    )
    expect(await alone(async () => 'in', 1)).toBe('in')
    end()
    await killed
  })
})
