/**
 * Fields of a model file, read in order and checked one by one: a damaged file is refused with the name of the field,
 * its offset, what was found and what was expected, and never scores.
 *
 * Every model file is: magic (4 bytes), version (u16), fields of its kind, then the CRC-32 of all bytes but its own
 * four, which end the file. Little-endian throughout, which every platform this runs on is.
 */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { foreignKind } from './foreign-file.ts'

export class DamagedModel extends Error {
  override readonly name = 'DamagedModel'
}

export interface FieldReader {
  fail(field: string, offset: number, detail: string): never
  u8(field: string): number
  u16(field: string): number
  u32(field: string): number
  f32(field: string): number
  /** ASCII in a place of fixed size, padded with zeros. */
  label(field: string, size: number): string
  f32s(field: string, count: number): Float32Array
  u32s(field: string, count: number): Uint32Array
  /** The file's own bytes, for what is copied to its place at once. */
  view(field: string, size: number): Uint8Array
  /** Where the next field begins. */
  readonly at: number
}

const CRC_BYTES = 4

/** Checks magic, version and checksum, in this order, and returns a reader that stands behind the version. */
export function readModelFile(kind: string, bytes: Uint8Array, { magic, version }: Format): FieldReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.byteLength - CRC_BYTES
  let at = 0
  const fail = (field: string, offset: number, detail: string): never => {
    throw new DamagedModel(`${kind}: field ${field} at byte ${offset}: ${detail}`)
  }
  const take = (field: string, size: number): number => {
    if (at + size > end) {
      fail(
        field,
        at,
        `needs ${size} bytes, the file has ${Math.max(0, end - at)} left: it is cut short, or of another kind`,
      )
    }
    at += size
    return at - size
  }
  /** A copy, so that it lies at a multiple of its element's size whatever the file's place in its buffer. */
  const copy = (field: string, size: number): ArrayBuffer => {
    const from = take(field, size)
    return new Uint8Array(bytes.subarray(from, from + size)).buffer
  }
  const reader: FieldReader = {
    fail,
    u8: (field) => view.getUint8(take(field, 1)),
    u16: (field) => view.getUint16(take(field, 2), true),
    u32: (field) => view.getUint32(take(field, 4), true),
    f32(field) {
      const from = take(field, 4)
      const value = view.getFloat32(from, true)
      return Number.isFinite(value) ? value : fail(field, from, `expected a finite number, found ${value}`)
    },
    label(field, size) {
      const from = take(field, size)
      const text = String.fromCharCode(...bytes.subarray(from, from + size)).replace(/\0+$/, '')
      return /^[a-z0-9-]+$/.test(text) ? text : fail(field, from, 'expected lower-case letters, digits and hyphens')
    },
    f32s: (field, count) => new Float32Array(copy(field, 4 * count)),
    u32s: (field, count) => new Uint32Array(copy(field, 4 * count)),
    view(field, size) {
      const from = take(field, size)
      return bytes.subarray(from, from + size)
    },
    get at() {
      return at
    },
  }
  const found = String.fromCharCode(...bytes.subarray(take('magic', 4), 4))
  if (found !== magic) {
    const foreign = foreignKind(bytes)
    const kindOfFile = foreign === null ? 'another kind of file' : `it is ${foreign}`
    fail('magic', 0, `expected ${magic}, found ${JSON.stringify(found)}: ${kindOfFile}`)
  }
  const foundVersion = reader.u16('version')
  if (foundVersion !== version)
    fail('version', 4, `expected ${version}, found ${foundVersion}: another Millrace wrote it, make it anew`)
  const sum = view.getUint32(end, true)
  const computed = crc32(bytes.subarray(0, end))
  if (sum !== computed) {
    const causes = 'damaged in transport, cut, or other bytes follow'
    fail('checksum', end, `says ${hex(sum)}, the bytes give ${hex(computed)}: ${causes}`)
  }
  return reader
}

export interface Format {
  readonly magic: string
  readonly version: number
}

/** Refuses bytes that no field has asked for. */
export function expectEnd(reader: FieldReader, bytes: Uint8Array): void {
  const rest = bytes.byteLength - CRC_BYTES - reader.at
  if (rest > 0) reader.fail('end', reader.at, `${rest} bytes follow the last field`)
}

/** `name@` and the first 12 hex digits of the file's sha-256: what rows and calibrations call a model. */
export function modelId(name: string, bytes: Uint8Array): string {
  return `${name}@${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`
}

const hex = (value: number): string => value.toString(16).padStart(8, '0')
