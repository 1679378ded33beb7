/** Calibrations and token tables given as files: cut, turned and foreign ones are refused by name and field, and plan nothing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { UsageError } from '../../../cli/arguments.ts'
import { readContract } from '../../../cli/manifest-files.ts'
import { KnownCalibration } from '../../../schema/calibration.ts'
import { TokenTable } from '../../../schema/manifest.ts'
import { FOREIGN, integersFrom, KINDS } from '../../support/damage-models.ts'

const MODELS = path.join(import.meta.dirname, '../../../models')
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-json-'))
const file = path.join(folder, 'given.json')
afterAll(() => rmSync(folder, { recursive: true }))

/** What reading gives: a value that the contract holds for, or the user's mistake; any other error is ours. */
async function read(bytes: Uint8Array, contract: typeof KnownCalibration | typeof TokenTable): Promise<unknown> {
  writeFileSync(file, bytes)
  try {
    return await readContract(file, contract, 'table')
  } catch (error) {
    if (error instanceof UsageError && error.message.startsWith(`${file} is no`)) return error
    throw error
  }
}

describe.each([
  ['calibration', path.join(MODELS, 'calibration/default.json'), KnownCalibration],
  ['token table', path.join(MODELS, 'tokens/default.json'), TokenTable],
] as const)('a %s', (_, shipped, contract) => {
  const whole = new Uint8Array(readFileSync(shipped))
  const end = Buffer.from(whole).toString().trimEnd().length

  it('is read when it is whole, and refused wherever it is cut', async () => {
    expect(await read(whole, contract)).toMatchObject({ id: expect.any(String) as string })
    for (let length = 0; length < end; length++) {
      expect(await read(whole.subarray(0, length), contract), `cut at ${length}`).toBeInstanceOf(UsageError)
    }
  })

  it('that is harmed at random is refused, or still one', async () => {
    const pick = integersFrom(end)
    let refused = 0
    for (let round = 0; round < 600; round++) {
      const copy = whole.slice()
      for (let harms = 1 + pick(3); harms > 0; harms--) copy[pick(end)] = pick(256)
      const found = await read(copy, contract)
      if (found instanceof UsageError) refused++
      else expect(contract.safeParse(found).success).toBe(true)
    }
    expect(refused).toBeGreaterThan(200)
  })

  it.each([...FOREIGN, ...KINDS.map(({ name, bytes }) => [name, bytes] as const)])(
    'is refused in the shape of %s',
    async (_name, bytes) => {
      if (contract === KnownCalibration && Buffer.from(bytes).toString().startsWith('{')) return
      expect(await read(bytes, contract)).toBeInstanceOf(UsageError)
    },
  )

  it('names the field that is wrong', async () => {
    const value = JSON.parse(Buffer.from(whole).toString()) as Record<string, unknown>
    delete value['id']
    expect(String(await read(Buffer.from(JSON.stringify(value)), contract))).toMatch(/is no table:\n {2}id: /)
    const found = String(await read(Buffer.from(JSON.stringify({ ...value, id: 7 })), contract))
    expect(found).toMatch(/id: .*expected string, received number/)
  })
})

describe('a calibration', () => {
  const shipped = JSON.parse(readFileSync(path.join(MODELS, 'calibration/default.json'), 'utf8')) as KnownCalibration
  const { borders, made } = shipped
  const en = { ...borders['en'], quantile: 3 }

  it.each([
    ['at its top', { ...shipped, border: 3 }, '"border"'],
    ['among borders', { ...shipped, borders: { en } }, 'borders.en: Unrecognized key: "quantile"'],
    ['in what made it', { ...shipped, made: { ...made, seed: 1 } }, 'made: Unrecognized key: "seed"'],
  ])('is refused with a member that nobody reads, %s, by name', async (_, value, message) => {
    expect(String(await read(Buffer.from(JSON.stringify(value)), KnownCalibration))).toContain(message)
  })
})
