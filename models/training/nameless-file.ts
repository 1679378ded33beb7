/** A file without a name: it is unlinked as soon as it is open, so nothing is left behind however the process ends. */
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import path from 'node:path'

/** The folder of the work between has no room left; the message names it. */
export class FolderFull extends Error {
  override readonly name = 'FolderFull'
  readonly exitCode = 2
}

export class NamelessFile {
  readonly #folder: string
  readonly #descriptor: number
  /** Bytes that are written. */
  size = 0

  /** Throws where the folder is none, or may not be written to. */
  constructor(folder: string) {
    const file = path.join(folder, `millrace-${randomUUID()}`)
    this.#folder = folder
    this.#descriptor = openSync(file, 'wx+')
    unlinkSync(file)
  }

  append(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const written = this.#write(bytes, from)
      from += written
      this.size += written
    }
  }

  #write(bytes: Uint8Array, from: number): number {
    try {
      return writeSync(this.#descriptor, bytes, from, bytes.length - from, this.size)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
      throw new FolderFull(`${this.#folder} has no room left (${message}): --folder names one that has`, {
        cause: error,
      })
    }
  }

  /** Fills `into` from a place on; returns how many bytes there were. */
  read(into: Uint8Array, position: number): number {
    let read = 0
    for (let more = 1; more > 0 && read < into.length; read += more) {
      more = readSync(this.#descriptor, into, read, into.length - read, position + read)
    }
    return read
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
