/** Sizes as a user writes them. */
import { UsageError } from './arguments.ts'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}

/** In bytes. */
export function readSize(value: string, option: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(value) ?? []
  const scale = UNITS[unit]
  if (number === undefined || scale === undefined) {
    const units = Object.keys(UNITS).slice(1).join(', ')
    throw new UsageError(`${option} is "${value}", expected a number of bytes or one with ${units}, as 6MiB.`)
  }
  return Math.floor(Number(number) * scale)
}
