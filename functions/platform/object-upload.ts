/**
 * Bodies into R2 as a stream: counted and hashed on the way, never held whole. R2 wants a known length: a body that
 * declares one passes through a FixedLengthStream, any other goes up in equal parts.
 */
import { createHash } from 'node:crypto'
import { Problem } from '../http/problem.ts'
import { PART_BYTES } from './r2-store.ts'

/** The platform takes at most 100 MB in one request on most plans. */
export const MAX_BODY_BYTES = 100_000_000

export interface Stored {
  readonly etag: string
  readonly size: number
  readonly sha256: string
  readonly lines: number
}

const tooLarge = (seen: number): Problem =>
  new Problem(
    'body-too-large',
    `The body has ${seen} bytes or more, one request takes ${MAX_BODY_BYTES}. Send larger files in parts: npx millrace push FILE, or POST /v1/uploads.`,
    { maxBytes: MAX_BODY_BYTES },
  )

/** Counts bytes and line ends, hashes, and stops a body that grows past the limit. */
function meter() {
  const sha256 = createHash('sha256')
  const md5 = createHash('md5')
  let size = 0
  let lines = 0
  let last = 10
  const stream = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.length
      if (size > MAX_BODY_BYTES) throw tooLarge(size)
      sha256.update(chunk)
      md5.update(chunk)
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1
      last = chunk.at(-1) ?? last
      controller.enqueue(chunk)
    },
  })
  return {
    stream,
    result: () => ({
      size,
      lines: lines + (last === 10 ? 0 : 1),
      sha256: sha256.digest('hex'),
      md5: md5.digest('hex'),
    }),
  }
}

export function declaredLength(header: string | undefined): number | null {
  if (header === undefined) return null
  const length = Number(header)
  if (length > MAX_BODY_BYTES) throw tooLarge(length)
  return length
}

/**
 * Stores a body under a key that is new. Objects are immutable: a key that exists is answered with the object that is
 * there if the bytes are the same, so a request may be retried, and refused if they differ.
 */
export async function storeBody(
  bucket: R2Bucket,
  key: string,
  body: ReadableStream<Uint8Array> | null,
  length: number | null,
): Promise<Stored> {
  const stream = body ?? new Blob([]).stream()
  const there = await bucket.head(key)
  const { stream: metered, result } = meter()
  if (there !== null) {
    await stream.pipeThrough(metered).pipeTo(new WritableStream())
    const { md5, ...seen } = result()
    if (there.size !== seen.size || (there.customMetadata?.['md5'] ?? there.etag) !== md5) {
      const detail = `${key} holds ${there.size} bytes with etag ${there.etag}; the body has ${seen.size} bytes with MD5 ${md5}. Objects are never overwritten: use another key.`
      throw new Problem('object-exists', detail)
    }
    return { etag: there.etag, ...seen }
  }
  const object = length === null ? await putParts(bucket, key, stream.pipeThrough(metered)) : await putSized()
  return { etag: object.etag, ...result() }

  async function putSized(): Promise<R2Object> {
    const fixed = new FixedLengthStream(length ?? 0)
    const passed = stream.pipeThrough(metered).pipeTo(fixed.writable)
    const [put, pass] = await Promise.allSettled([bucket.put(key, fixed.readable), passed])
    if (pass.status === 'rejected') {
      if (pass.reason instanceof Problem) throw pass.reason
      const detail = `Content-Length says ${length} bytes, the body is not that long (${String(pass.reason)}).`
      throw new Problem('length-mismatch', detail, {}, { cause: pass.reason })
    }
    if (put.status === 'rejected') throw put.reason
    if (put.value === null) throw new Error(`R2 took no object at ${key}`)
    return put.value
  }
}

async function putParts(bucket: R2Bucket, key: string, stream: ReadableStream<Uint8Array>): Promise<R2Object> {
  const upload = await bucket.createMultipartUpload(key)
  try {
    const part = new Uint8Array(PART_BYTES)
    const parts: R2UploadedPart[] = []
    let filled = 0
    for await (const chunk of stream) {
      for (let at = 0; at < chunk.length;) {
        const take = Math.min(chunk.length - at, PART_BYTES - filled)
        part.set(chunk.subarray(at, at + take), filled)
        filled += take
        at += take
        if (filled < PART_BYTES) continue
        parts.push(await upload.uploadPart(parts.length + 1, part.slice()))
        filled = 0
      }
    }
    if (filled > 0 || parts.length === 0) parts.push(await upload.uploadPart(parts.length + 1, part.slice(0, filled)))
    return await upload.complete(parts)
  } catch (error) {
    await upload.abort()
    throw error
  }
}
