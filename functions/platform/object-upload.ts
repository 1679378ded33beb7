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
export function meter() {
  const sha256 = createHash('sha256')
  const md5 = createHash('md5')
  let size = 0
  let lines = 0
  let last = 10
  let ended = false
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
    flush() {
      ended = true
    },
  })
  return {
    stream,
    /** Whether the body is, as far as it was read, not of this length. */
    differs: (length: number): boolean => size > length || (ended && size < length),
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

const NEW_ONLY: R2PutOptions = { onlyIf: { etagDoesNotMatch: '*' } }

/**
 * Stores a body under a key that is new. Objects are immutable: a key that exists is answered with the object that is
 * there if the bytes are the same, so a request may be retried or come twice at once, and refused if they differ.
 */
export async function storeBody(
  bucket: R2Bucket,
  key: string,
  body: ReadableStream<Uint8Array> | null,
  length: number | null,
): Promise<Stored> {
  const there = await bucket.head(key)
  const { stream, differs, result } = meter()
  const metered = (body ?? new Blob([]).stream()).pipeThrough(stream)
  if (there !== null) await metered.pipeTo(new WritableStream())
  else {
    const put = length === null ? putParts(bucket, key, metered) : putSized(bucket, key, metered, { length, differs })
    const object = await put
    if (object !== null) return { etag: object.etag, ...result() }
  }
  const { md5, ...seen } = result()
  const object = there ?? (await bucket.head(key))
  if (object === null) throw new Error(`R2 took no object at ${key}, and has none`)
  if (object.size !== seen.size || (await md5Of(bucket, object)) !== md5) {
    const detail = `${key} holds ${object.size} bytes with etag ${object.etag}; the body has ${seen.size} bytes with MD5 ${md5}. Objects are never overwritten: use another key.`
    throw new Problem('object-exists', detail)
  }
  return { etag: object.etag, ...seen }
}

/** R2 knows the MD5 of what came in one piece; what came in parts is read again. */
async function md5Of(bucket: R2Bucket, { key, etag, checksums }: R2Object): Promise<string> {
  if (checksums.md5 !== undefined) return Buffer.from(checksums.md5).toString('hex')
  const md5 = createHash('md5')
  const object = await bucket.get(key, { onlyIf: { etagMatches: etag } })
  if (object === null || !('body' in object)) throw new Error(`${key} changed while it was compared`)
  for await (const chunk of object.body) md5.update(chunk)
  return md5.digest('hex')
}

interface SizedPut {
  readonly length: number
  readonly differs: (length: number) => boolean
  readonly options?: R2PutOptions
}

/** Null when the key was taken in the meantime, where it must be new. */
export async function putSized(
  bucket: R2Bucket,
  key: string,
  stream: ReadableStream<Uint8Array>,
  { length, differs, options = NEW_ONLY }: SizedPut,
): Promise<R2Object | null> {
  const fixed = new FixedLengthStream(length)
  const refusal = new AbortController()
  const put = bucket.put(key, fixed.readable, options).catch((error: unknown) => {
    // Nobody reads the other end any more: without this the body would wait for ever.
    refusal.abort(error)
    throw error
  })
  const [stored, passed] = await Promise.allSettled([put, stream.pipeTo(fixed.writable, { signal: refusal.signal })])
  if (passed.status === 'rejected' && passed.reason instanceof Problem) throw passed.reason
  if (differs(length)) {
    throw new Problem('length-mismatch', `Content-Length says ${length} bytes, the body is not that long.`)
  }
  if (stored.status === 'rejected') throw stored.reason
  if (passed.status === 'rejected') throw passed.reason
  return stored.value
}

/** A body of unknown length: one put when it fits a part, else equal parts. Null when the key was taken in the meantime. */
async function putParts(bucket: R2Bucket, key: string, stream: ReadableStream<Uint8Array>): Promise<R2Object | null> {
  const part = new Uint8Array(PART_BYTES)
  let upload: R2MultipartUpload | null = null
  const parts: R2UploadedPart[] = []
  let filled = 0
  const send = async (): Promise<R2MultipartUpload> => {
    upload ??= await bucket.createMultipartUpload(key)
    parts.push(await upload.uploadPart(parts.length + 1, part.slice(0, filled)))
    filled = 0
    return upload
  }
  try {
    for await (const chunk of stream) {
      for (let at = 0; at < chunk.length;) {
        const take = Math.min(chunk.length - at, PART_BYTES - filled)
        part.set(chunk.subarray(at, at + take), filled)
        filled += take
        at += take
        if (filled === PART_BYTES) await send()
      }
    }
    if (upload === null) return await bucket.put(key, part.slice(0, filled), NEW_ONLY)
    const whole: R2MultipartUpload = filled > 0 ? await send() : upload
    // Joining parts takes no condition; what is left of the race is the moment between these two calls.
    if ((await bucket.head(key)) !== null) {
      await whole.abort()
      return null
    }
    return await whole.complete(parts)
  } catch (error) {
    await (upload as R2MultipartUpload | null)?.abort()
    throw error
  }
}
