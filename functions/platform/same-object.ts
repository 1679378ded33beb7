/** A file sent in parts under a key that is taken: its parts are compared with the object that is there, and stored nowhere. */
import { Problem } from '../http/problem.ts'
import { PART_BYTES } from './r2-store.ts'

/** The object as it was when the upload began. */
export interface There {
  readonly key: string
  readonly etag: string
}

/** Bytes of a part of a file of `size` bytes; 0 behind its end. */
export const lengthOf = (part: number, size: number): number =>
  Math.max(0, Math.min(PART_BYTES, size - (part - 1) * PART_BYTES))

export const notSame = (key: string): Problem =>
  new Problem('object-exists', `${key} holds other bytes. Objects are never overwritten: use another key.`)

async function headOf(bucket: R2Bucket, { key, etag }: There): Promise<R2Object> {
  const head = await bucket.head(key)
  if (head?.etag !== etag) throw notSame(key)
  return head
}

const sameEtag = (part: number): string => `same-${part}`

/** The part's etag where the object that is there has its bytes at its place. */
export async function samePart(
  bucket: R2Bucket,
  there: There,
  { part, bytes }: { part: number; bytes: Uint8Array },
): Promise<string> {
  const length = lengthOf(part, (await headOf(bucket, there)).size)
  if (bytes.length !== length) throw notSame(there.key)
  if (length === 0) return sameEtag(part)
  const object = await bucket.get(there.key, { range: { offset: (part - 1) * PART_BYTES, length } })
  const own = new Uint8Array((await object?.arrayBuffer()) ?? [])
  if (object?.etag !== there.etag || Buffer.compare(own, bytes) !== 0) throw notSame(there.key)
  return sameEtag(part)
}

/** The object that is there, of which every part was sent and found the same. */
export async function sameObject(
  bucket: R2Bucket,
  there: There,
  parts: readonly { readonly part: number; readonly etag: string }[],
): Promise<R2Object> {
  const head = await headOf(bucket, there)
  const count = Math.max(1, Math.ceil(head.size / PART_BYTES))
  if (parts.length === count && parts.every(({ part, etag }) => etag === sameEtag(part))) return head
  const detail = `The upload cannot be completed: expected ${count} parts, each with the etag that it was answered with.`
  throw new Problem('invalid-request', detail)
}
