/** The writing half of functions/kernel/model-file.ts: magic, version, fields, checksum. Little-endian. */
import { crc32 } from 'node:zlib'
import type { Format } from '../../functions/kernel/model-file.ts'

export class FileWriter {
  readonly #parts: Uint8Array[] = []

  constructor({ magic, version }: Format) {
    this.raw(Buffer.from(magic, 'latin1')).u16(version)
  }

  raw(data: ArrayBufferView): this {
    this.#parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    return this
  }

  u8(value: number): this {
    return this.raw(Uint8Array.of(value))
  }

  u16(value: number): this {
    return this.raw(Uint16Array.of(value))
  }

  u32(value: number): this {
    return this.raw(Uint32Array.of(value))
  }

  f32(value: number): this {
    return this.raw(Float32Array.of(value))
  }

  label(text: string, size: number): this {
    if (text.length > size) throw new Error(`the label ${text} is longer than its ${size} bytes`)
    return this.raw(Buffer.from(text.padEnd(size, '\0'), 'latin1'))
  }

  finish(): Uint8Array {
    const body = Buffer.concat(this.#parts)
    this.u32(crc32(body))
    return new Uint8Array(Buffer.concat(this.#parts))
  }
}
