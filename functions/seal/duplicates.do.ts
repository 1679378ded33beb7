/**
 * One partition of the duplicate index, in SQLite: every place that claimed an id, the first document of every band, and
 * what seals settled about near duplicates. Each row is inserted if absent, or kept if it comes before: whoever came
 * first in time, doing it twice changes nothing.
 * Arrays travel as one JSON parameter, since a statement takes at most 100.
 */
import { DurableObject } from 'cloudflare:workers'
import type { BandHolder, Claim, Holding, Member } from './ports.ts'

/** Claims in one statement: 1,000 of at most 1,300 bytes of JSON (a key has 1,024) stay under the 2 MB of a bound value. */
const BLOCK = 1000
/** Bands of 64 bytes of JSON. */
const BAND_BLOCK = 10_000

/** [band as decimal digits, since JSON's numbers are doubles; seal; id]. */
export type BandClaim = readonly [band: string, seal: number, id: string]

/**
 * A band is its own row id, so that a row has 30 bytes: key 9, seal 1 to 3, id 16, header. Ids are bytes for the same
 * reason; the other tables, which have a tenth of the rows, show them as they are.
 */
const TABLES = [
  `CREATE TABLE IF NOT EXISTS claims (
     id TEXT NOT NULL, seal INTEGER NOT NULL, key TEXT NOT NULL, "offset" INTEGER NOT NULL, "index" INTEGER NOT NULL,
     cell TEXT NOT NULL, bucket INTEGER,
     PRIMARY KEY (id, seal, key, "offset", "index")
   ) WITHOUT ROWID`,
  'CREATE TABLE IF NOT EXISTS bands (band INTEGER PRIMARY KEY, seal INTEGER NOT NULL, id BLOB NOT NULL)',
  `CREATE TABLE IF NOT EXISTS members (
     id TEXT NOT NULL, seal INTEGER NOT NULL, root TEXT NOT NULL, "match" TEXT NOT NULL, size INTEGER NOT NULL,
     PRIMARY KEY (id, seal)
   ) WITHOUT ROWID`,
]

type Place = {
  id: string
  seal: number
  key: string
  offset: number
  index: number
  cell: string
  bucket: number | null
}
type Settled = Pick<Member, 'id' | 'seal' | 'root' | 'match' | 'size'>

export class DuplicatePartition extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const { sql } = ctx.storage
    for (const table of TABLES) sql.exec(table)
    // An index of the first version has neither: where its rows went, it does not know.
    const columns = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('claims')").toArray()
    if (columns.some(({ name }) => name === 'cell')) return
    sql.exec("ALTER TABLE claims ADD COLUMN cell TEXT NOT NULL DEFAULT ''")
    sql.exec('ALTER TABLE claims ADD COLUMN bucket INTEGER')
  }

  async register(claims: readonly Omit<Claim, 'bands'>[], bands: readonly BandClaim[]): Promise<void> {
    const { sql } = this.ctx.storage
    for (const block of blocksOf(claims, BLOCK)) {
      sql.exec(
        `INSERT OR IGNORE INTO claims
         SELECT value ->> 'id', value ->> 'seal', value ->> 'key', value ->> 'offset', value ->> 'index',
           value ->> 'cell', value ->> 'bucket' FROM json_each(?)`,
        JSON.stringify(block),
      )
    }
    for (const block of blocksOf(bands, BAND_BLOCK)) {
      sql.exec(
        `INSERT INTO bands
         SELECT CAST(value ->> 0 AS INTEGER), value ->> 1, unhex(value ->> 2) FROM json_each(?) WHERE true
         ON CONFLICT (band) DO UPDATE SET seal = excluded.seal, id = excluded.id
         WHERE (excluded.seal, excluded.id) < (bands.seal, bands.id)`,
        JSON.stringify(block),
      )
    }
  }

  /** Null for an id that nobody registered. */
  async find(ids: readonly string[], seal: number): Promise<(Holding | null)[]> {
    return blocksOf(ids, BLOCK).flatMap((block) => this.#holdings(block, seal))
  }

  #holdings(ids: readonly string[], seal: number): (Holding | null)[] {
    const { sql } = this.ctx.storage
    const asked = JSON.stringify(ids)
    const places = sql.exec<Place>(
      `SELECT * FROM claims WHERE id IN (SELECT value FROM json_each(?)) AND seal <= ?
       ORDER BY id, seal, key, "offset", "index"`,
      asked,
      seal,
    )
    const found = new Map<string, { -readonly [Name in keyof Holding]: Holding[Name] }>()
    for (const { id, ...holder } of places) {
      const holding = found.get(id)
      if (holding === undefined) found.set(id, { holder, size: 1, member: null, joined: null, root: id })
      else holding.size += 1
    }
    const members = sql.exec<Settled>(
      'SELECT * FROM members WHERE id IN (SELECT value FROM json_each(?)) AND seal <= ? ORDER BY seal',
      asked,
      seal,
    )
    for (const member of members) {
      const holding = found.get(member.id)
      if (holding === undefined) continue
      if (member.seal === holding.holder.seal) holding.member = member
      else holding.joined = member
      holding.root = member.root
    }
    return ids.map((id) => found.get(id) ?? null)
  }

  /** Null for a band that nobody registered. */
  async findBands(bands: readonly string[]): Promise<(BandHolder | null)[]> {
    return blocksOf(bands, BAND_BLOCK).flatMap((block) => {
      const rows = this.ctx.storage.sql.exec<{ seal: number; id: string; at: number }>(
        `SELECT asked.key AS at, bands.seal, lower(hex(bands.id)) AS id
         FROM json_each(?) asked JOIN bands ON band = CAST(asked.value AS INTEGER) ORDER BY asked.key`,
        JSON.stringify(block),
      )
      const holders: BandHolder[] = []
      for (const { at, seal, id } of rows) holders[at] = { seal, id }
      return block.map((_, i) => holders[i] ?? null)
    })
  }

  async settle(members: readonly Member[]): Promise<void> {
    for (const block of blocksOf(members, BLOCK)) {
      this.ctx.storage.sql.exec(
        `INSERT OR REPLACE INTO members
         SELECT value ->> 'id', value ->> 'seal', value ->> 'root', value ->> 'match', value ->> 'size' FROM json_each(?)`,
        JSON.stringify(block),
      )
    }
  }

  async release(seal: number): Promise<void> {
    for (const table of ['claims', 'bands', 'members']) {
      this.ctx.storage.sql.exec(`DELETE FROM ${table} WHERE seal = ?`, seal)
    }
  }
}

const blocksOf = <T>(items: readonly T[], size: number): (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
