/**
 * Ports that break. A gate counts the writes that pass it and lets one go wrong, in one of three ways:
 *
 *   killed    the process dies before write k: that write and everything after it fails, reads too
 *   refused   write k fails and did nothing; what comes after works again
 *   unheard   write k is done but its caller sees an error; what comes after works again
 */
import type { DuplicatePartition } from '../../functions/seal/duplicates.do.ts'

export const FAULTS = ['killed', 'refused', 'unheard'] as const
export type Fault = (typeof FAULTS)[number]

export class Broken extends Error {
  override readonly name = 'Broken'
}

export interface Gate {
  /** Names of the writes that were tried, in order. */
  readonly writes: string[]
  readonly dead: boolean
  /** Writes on their way when the process died have ended, one way or the other. */
  settled(): Promise<void>
  read<T>(work: () => Promise<T>): Promise<T>
  write<T>(name: string, work: () => Promise<T>): Promise<T>
}

export function gateWith(fault: Fault | null = null, at = 0): Gate {
  const writes: string[] = []
  const begun: Promise<unknown>[] = []
  let dead = false
  const alive = (): void => {
    if (dead) throw new Broken('the process is dead')
  }
  return {
    writes,
    get dead() {
      return dead
    },
    async settled() {
      await Promise.allSettled(begun)
    },
    async read(work) {
      alive()
      return work()
    },
    async write(name, work) {
      alive()
      writes.push(name)
      if (fault === null || writes.length !== at) {
        const done = work()
        begun.push(done)
        return done
      }
      if (fault === 'killed') dead = true
      if (fault === 'unheard') await work()
      throw new Broken(`${fault} at write ${at}, ${name}`)
    },
  }
}

export function gatedBucket(inner: R2Bucket, gate: Gate): R2Bucket {
  const multipart = (key: string, upload: R2MultipartUpload): R2MultipartUpload => ({
    key,
    uploadId: upload.uploadId,
    uploadPart: (part, value) => gate.write(`part ${part} of ${key}`, () => upload.uploadPart(part, value)),
    complete: (parts) => gate.write(`complete ${key}`, () => upload.complete(parts)),
    abort: () => gate.write(`abort ${key}`, () => upload.abort()),
  })
  const bucket = {
    head: (key: string) => gate.read(() => inner.head(key)),
    get: (key: string, options?: R2GetOptions) => gate.read(() => inner.get(key, options)),
    list: (options?: R2ListOptions) => gate.read(() => inner.list(options)),
    put: (key: string, value: ArrayBuffer, options?: R2PutOptions) =>
      gate.write(`put ${key}`, () => inner.put(key, value, options)),
    delete: (keys: string | string[]) => gate.write(`delete ${String(keys)}`, () => inner.delete(keys)),
    createMultipartUpload: (key: string, options?: R2MultipartOptions) =>
      gate.write(`begin ${key}`, async () => multipart(key, await inner.createMultipartUpload(key, options))),
    resumeMultipartUpload: (key: string, id: string) => multipart(key, inner.resumeMultipartUpload(key, id)),
  }
  return bucket
}

export function gatedDatabase(inner: D1Database, gate: Gate): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>()
  const statement = (sql: string, own: D1PreparedStatement): D1PreparedStatement => {
    const through = <T>(work: () => Promise<T>): Promise<T> =>
      /^\s*(select|with)\b/i.test(sql)
        ? gate.read(work)
        : gate.write(sql.trim().replaceAll(/\s+/g, ' ').slice(0, 40), work)
    const wrapped = {
      bind: (...values: unknown[]) => statement(sql, own.bind(...values)),
      run: () => through(() => own.run()),
      all: () => through(() => own.all()),
      raw: () => through(() => own.raw()),
      first: () => through(() => own.first()),
    } as unknown as D1PreparedStatement
    originals.set(wrapped, own)
    return wrapped
  }
  const database = {
    prepare: (sql: string) => statement(sql, inner.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) =>
      gate.write('D1 transaction', () => inner.batch(statements.map((own) => originals.get(own) ?? own))),
  }
  return database as unknown as D1Database
}

type Partitions = DurableObjectNamespace<DuplicatePartition>

export function gatedPartitions(inner: Partitions, gate: Gate): Partitions {
  const namespace = {
    getByName(name: string) {
      const stub = inner.getByName(name)
      return {
        register: (...claims: Parameters<DuplicatePartition['register']>) =>
          gate.write(`register with ${name}`, () => stub.register(...claims)),
        find: (ids: readonly string[], seal: number) => gate.read(() => stub.find(ids, seal)),
        findBands: (bands: readonly string[]) => gate.read(() => stub.findBands(bands)),
        settle: (members: Parameters<DuplicatePartition['settle']>[0]) =>
          gate.write(`settle with ${name}`, () => stub.settle(members)),
        release: (seal: number) => gate.write(`release of ${name}`, () => stub.release(seal)),
      }
    },
  }
  return namespace as unknown as Partitions
}
