/**
 * Records of `width` numbers on disk, in a file without a name. Written first and then read, as often as one likes.
 * Memory: a megabyte while it is written, and what a reader is given.
 */
import { NamelessFile } from './nameless-file.ts'

const BUFFER_BYTES = 2 ** 20

export class RecordFile {
  readonly #file: NamelessFile
  readonly #width: number
  #buffer: Uint32Array
  #used = 0

  constructor(folder: string, width: number) {
    this.#file = new NamelessFile(folder)
    this.#width = width
    this.#buffer = new Uint32Array(Math.floor(BUFFER_BYTES / 4 / width) * width)
  }

  write(record: Uint32Array): void {
    if (this.#used === this.#buffer.length) this.#flush()
    this.#buffer.set(record, this.#used)
    this.#used += record.length
  }

  #flush(): void {
    this.#file.append(new Uint8Array(this.#buffer.buffer, 0, 4 * this.#used))
    this.#used = 0
  }

  /** Writes what is in the buffer, and frees it. */
  finish(): void {
    this.#flush()
    this.#buffer = new Uint32Array(0)
  }

  /** From the first record, with a buffer of so many bytes. */
  read(bytes = BUFFER_BYTES): RecordReader {
    return new RecordReader(this.#file, this.#width, bytes)
  }

  /** The records are gone. */
  close(): void {
    this.#file.close()
  }
}

export class RecordReader {
  readonly record: Uint32Array
  readonly #file: NamelessFile
  readonly #buffer: Uint32Array
  #position = 0
  #filled = 0
  #at = 0

  constructor(file: NamelessFile, width: number, bytes: number) {
    this.#file = file
    this.record = new Uint32Array(width)
    this.#buffer = new Uint32Array(Math.max(64, Math.floor(bytes / 4 / width)) * width)
  }

  /** False behind the last record. */
  next(): boolean {
    const { record } = this
    if (this.#at === this.#filled && !this.#fill()) return false
    for (let k = 0; k < record.length; k++) record[k] = this.#buffer[this.#at + k] as number
    this.#at += record.length
    return true
  }

  #fill(): boolean {
    const read = this.#file.read(new Uint8Array(this.#buffer.buffer), this.#position)
    this.#position += read
    this.#filled = read / 4
    this.#at = 0
    return read > 0
  }
}
