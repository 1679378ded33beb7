/** Calibrations in D1, the newest first, and the one that ships with the models. */
import { desc, eq } from 'drizzle-orm'
import { Calibration } from '../../schema/manifest.ts'
import { calibrations } from '../../schema/tables.ts'
import type { Bindings } from './bindings.ts'
import { DEFAULT_CALIBRATION } from './models.ts'

/** The newest calibration, or the one that ships with the models. */
export async function currentCalibration({ db }: Bindings): Promise<Calibration> {
  const newest = desc(calibrations.createdAtMs)
  const [row] = await db.select().from(calibrations).orderBy(newest, desc(calibrations.id)).limit(1)
  return row === undefined ? DEFAULT_CALIBRATION : Calibration.parse(JSON.parse(row.body))
}

export async function findCalibration({ db }: Bindings, id: string): Promise<Calibration | null> {
  if (id === DEFAULT_CALIBRATION.id) return DEFAULT_CALIBRATION
  const [row] = await db.select().from(calibrations).where(eq(calibrations.id, id))
  return row === undefined ? null : Calibration.parse(JSON.parse(row.body))
}
