/**
 * The records of real and damaged archives as we, warcio and FastWARC find them: offset, type, address, SHA-1 of block and
 * payload. Where we differ, the file and the reason stand in DIFFERENT; anything else that differs fails. FastWARC is no
 * dependency of the project: MILLRACE_PEERS names a Python that has it (`pip install fastwarc==2.0.1`).
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ourRecords, type RecordLine } from './our-records.ts'
import { hasPython, PYTHON } from './open-parquet.ts'

const DATA = path.join(import.meta.dirname, '../../../shared/data')
const hasData = existsSync(DATA)
const files = hasData
  ? ['bad', 'crawl'].flatMap((folder) =>
      readdirSync(path.join(DATA, folder)).map((name) => path.join(DATA, folder, name)),
    )
  : []
const peers = process.env['MILLRACE_PEERS'] ?? ''
if (!hasData) console.log('../shared/data is missing: no reader is compared')
if (!hasPython) console.log('gpu-runner/.venv is missing: warcio is not compared')
if (peers === '') console.log('MILLRACE_PEERS is not set: FastWARC is not compared')

interface Difference {
  /** Records that the other reader has and we do not, and we have and it does not. */
  readonly theirs: number
  readonly ours: number
}
type Reader = 'warcio' | 'fastwarc'

/** ARC and lz4 are refused by name. */
const DIFFERENT: Readonly<Record<string, Partial<Record<Reader, Difference>>>> = {
  'warcio--bad.arc': { warcio: { theirs: 4, ours: 0 } },
  'warcio--example.arc': { warcio: { theirs: 2, ours: 0 } },
  'warcio--example.arc.gz': { warcio: { theirs: 2, ours: 0 } },
  'warcio--example-space-in-url.arc': { warcio: { theirs: 2, ours: 0 } },
  'resiliparse--block-sized-records.warc.lz4': { fastwarc: { theirs: 3, ours: 0 } },
  // A record that is cut off: they give what there is, we tell it as truncated.
  'resiliparse--clipped.warc.gz': { warcio: { theirs: 1, ours: 0 }, fastwarc: { theirs: 1, ours: 0 } },
  // A Content-Length six bytes too short: warcio warns and gives the record, FastWARC stops reading, we tell it as broken.
  'warcio--example-trunc.warc': { warcio: { theirs: 1, ours: 0 }, fastwarc: { theirs: 0, ours: 3 } },
  // HTTP responses under addresses like chrome-extension: and hard:, whose head warcio does not part from the payload.
  'node-warc--parseMe.warc': { warcio: { theirs: 1, ours: 1 } },
  'node-warc--parseMe.warc.gz': { warcio: { theirs: 1, ours: 1 } },
  'dev.warc.gz': { warcio: { theirs: 21, ours: 21 } },
}

/** What reading tells beside the records: by file, the codes in order. */
const DAMAGED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    [
      'aut--badexample.arc.gz',
      'warcio--bad.arc',
      'warcio--example.arc',
      'warcio--example.arc.gz',
      'warcio--example-space-in-url.arc',
      'resiliparse--block-sized-records.warc.lz4',
    ].map((name) => [name, ['unreadable-encoding']]),
  ),
  'resiliparse--clipped.warc.gz': ['truncated'],
  // Read like any other, and told: pages are in records of known types.
  'resiliparse--block-sized-records.warc': ['broken-record', 'broken-record', 'broken-record'],
  'warcio--example-trunc.warc': ['broken-record'],
}

function theirRecords(python: string, reader: Reader, file: string): RecordLine[] {
  const script = path.join(import.meta.dirname, 'warc_records.py')
  const options = { maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'] }
  const lines = execFileSync(python, [script, reader, file], options).toString().trimEnd().split('\n')
  return lines
    .filter((line) => line !== '')
    .flatMap((line) => {
      const parsed = JSON.parse(line) as RecordLine & { error?: string }
      return parsed.error === undefined ? [parsed] : []
    })
}

// wget writes the address in angle brackets.
const lineOf = ({ offset, type, url, block, payload }: RecordLine): string =>
  JSON.stringify([offset, type, (url ?? '').replace(/^<(.*)>$/, '$1'), block, payload])

function difference(theirs: readonly RecordLine[], ours: readonly RecordLine[]): Difference {
  const [a, b] = [new Set(theirs.map(lineOf)), new Set(ours.map(lineOf))]
  return {
    theirs: theirs.filter((record) => !b.has(lineOf(record))).length,
    ours: ours.filter((record) => !a.has(lineOf(record))).length,
  }
}

describe.skipIf(!hasData).each(files.map((file) => [path.basename(file), file]))('%s', (name, file) => {
  it('tells what is damaged, and nothing else', async () => {
    const { failures } = await ourRecords(file)
    expect(failures.map(({ code }) => code)).toEqual(DAMAGED[name] ?? [])
  }, 120_000)

  const readers = [
    ['warcio', PYTHON, hasPython],
    ['fastwarc', peers, peers !== ''],
  ] as const
  for (const [reader, python, isThere] of readers) {
    it.skipIf(!isThere)(
      `has the records that ${reader} finds`,
      async () => {
        const { records } = await ourRecords(file)
        const theirs = theirRecords(python, reader, file)
        expect(difference(theirs, records)).toEqual(DIFFERENT[name]?.[reader] ?? { theirs: 0, ours: 0 })
        if (DIFFERENT[name]?.[reader] === undefined)
          expect(records.map(({ offset }) => offset)).toEqual(theirs.map(({ offset }) => offset))
      },
      120_000,
    )
  }
})
