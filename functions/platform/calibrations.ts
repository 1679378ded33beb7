/** Calibrations in D1, the newest first, and the one that ships with the models. */
import { desc, eq } from 'drizzle-orm'
import { KnownCalibration, type FrozenCalibration } from '../../schema/calibration.ts'
import { calibrations } from '../../schema/tables.ts'
import { Problem } from '../http/problem.ts'
import type { Bindings } from './bindings.ts'
import { DEFAULT_CALIBRATION } from './models.ts'

const parse = ({ body }: { readonly body: string }): KnownCalibration => KnownCalibration.parse(JSON.parse(body))
const newest = [desc(calibrations.createdAtMs), desc(calibrations.id)] as const

/** The newest calibration, or the one that ships with the models. */
export async function currentCalibration({ db }: Bindings): Promise<KnownCalibration> {
  const [row] = await db
    .select()
    .from(calibrations)
    .orderBy(...newest)
    .limit(1)
  return row === undefined ? DEFAULT_CALIBRATION : parse(row)
}

/** The calibration of this id, the current one where none is named. Throws the problem where there is none. */
export async function calibrationNamed(bindings: Bindings, id: string | undefined): Promise<KnownCalibration> {
  if (id === undefined) return currentCalibration(bindings)
  if (id === DEFAULT_CALIBRATION.id) return DEFAULT_CALIBRATION
  const [row] = await bindings.db.select().from(calibrations).where(eq(calibrations.id, id))
  if (row === undefined) throw new Problem('not-found', `There is no calibration ${id.slice(0, 80)}.`)
  return parse(row)
}

/** The newest 200, and the default. */
export async function listCalibrations({ db }: Bindings): Promise<KnownCalibration[]> {
  const rows = await db
    .select()
    .from(calibrations)
    .orderBy(...newest)
    .limit(200)
  return [...rows.map(parse), DEFAULT_CALIBRATION]
}

/** Its id is its content: an equal one that is there stays as it is. */
export async function storeCalibration({ db }: Bindings, frozen: FrozenCalibration, nowMs: number): Promise<void> {
  const { id, made } = frozen
  await db
    .insert(calibrations)
    .values({ id, indexVersion: made.index.version, body: JSON.stringify(frozen), createdAtMs: nowMs })
    .onConflictDoNothing()
}
