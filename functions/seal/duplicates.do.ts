/**
 * One partition of the duplicate index: every place that claimed an id, in SQLite. A claim is inserted if absent, so
 * registering twice changes nothing; the holder is the first place in order, whoever came first in time.
 * Arrays travel as one JSON parameter, since a statement takes at most 100.
 */
import { DurableObject } from 'cloudflare:workers'
import type { Claim, Holding } from './ports.ts'

/** Claims in one statement: 1,000 of at most 1,200 bytes of JSON (a key has 1,024) stay under the 2 MB of a bound value. */
const BLOCK = 1000

export class DuplicatePartition extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS claims (
         id TEXT NOT NULL, seal INTEGER NOT NULL, key TEXT NOT NULL, "offset" INTEGER NOT NULL, "index" INTEGER NOT NULL,
         PRIMARY KEY (id, seal, key, "offset", "index")
       ) WITHOUT ROWID`,
    )
  }

  async register(claims: readonly Claim[]): Promise<void> {
    for (let at = 0; at < claims.length; at += BLOCK) {
      this.ctx.storage.sql.exec(
        `INSERT OR IGNORE INTO claims
         SELECT value ->> 'id', value ->> 'seal', value ->> 'key', value ->> 'offset', value ->> 'index' FROM json_each(?)`,
        JSON.stringify(claims.slice(at, at + BLOCK)),
      )
    }
  }

  async ask(ids: readonly string[], seal: number): Promise<Holding[]> {
    const holdings: Holding[] = []
    for (let at = 0; at < ids.length; at += BLOCK) {
      const block = ids.slice(at, at + BLOCK)
      const rows = this.ctx.storage.sql.exec<{ id: string; seal: number; key: string; offset: number; index: number }>(
        `SELECT * FROM claims WHERE id IN (SELECT value FROM json_each(?)) AND seal <= ? ORDER BY id, seal, key, "offset", "index"`,
        JSON.stringify(block),
        seal,
      )
      const found = new Map<string, { holder: Holding['holder']; size: number }>()
      for (const { id, ...place } of rows) {
        const holding = found.get(id)
        if (holding === undefined) found.set(id, { holder: place, size: 1 })
        else holding.size += 1
      }
      for (const id of block) {
        const holding = found.get(id)
        if (holding === undefined) throw new Error(`id ${id} was never registered with the duplicate index`)
        holdings.push(holding)
      }
    }
    return holdings
  }

  async release(seal: number): Promise<void> {
    this.ctx.storage.sql.exec('DELETE FROM claims WHERE seal = ?', seal)
  }
}
