/** Migrations over an index that has rows. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'

const FOLDER = path.join(import.meta.dirname, '../../schema/migrations')
const migrations = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .sort()

function apply(db: DatabaseSync, names: readonly string[]): void {
  for (const name of names) {
    const statements = readFileSync(path.join(FOLDER, name), 'utf8').split('--> statement-breakpoint')
    for (const statement of statements) db.exec(statement)
  }
}

describe('the migration to near duplicates', () => {
  const at = migrations.findIndex((name) => name.startsWith('0002'))
  const insert =
    'insert into seals (number, batch, state, candidates, kept, duplicates, held_out, created_at_ms) values'

  it('counts none in seals that were published before, and nothing in those that wait', () => {
    const db = new DatabaseSync(':memory:')
    apply(db, migrations.slice(0, at))
    db.exec(`${insert} (1, 'one', 'published', 31, 29, 1, 1, 0), (2, 'two', 'waiting', null, null, null, null, 0)`)
    apply(db, migrations.slice(at))
    const rows = db.prepare('select number, candidates, duplicates, near_duplicates from seals order by number').all()
    expect(rows).toEqual([
      { number: 1, candidates: 31, duplicates: 1, near_duplicates: 0 },
      { number: 2, candidates: null, duplicates: null, near_duplicates: null },
    ])
  })

  it('holds seals to the sum of all five counts', () => {
    const db = new DatabaseSync(':memory:')
    apply(db, migrations)
    const set = (near: number): void =>
      db.exec(`insert into seals (number, batch, state, candidates, kept, duplicates, near_duplicates, held_out, created_at_ms)
        values (${near}, 'b${near}', 'published', 10, 5, 1, ${near}, 1, 0)`)
    set(3)
    expect(() => set(2)).toThrow(/seals_conserve_candidates/)
  })
})
