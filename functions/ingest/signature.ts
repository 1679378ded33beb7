/**
 * Standard Webhooks signatures (the specification's v1 scheme): HMAC-SHA256 over `id.timestamp.body` with the bytes
 * behind `whsec_`, base64. The header may carry several, separated by spaces, while a secret is being changed.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export const TOLERANCE_SECONDS = 5 * 60

export interface SignedMessage {
  readonly id: string
  /** Seconds since 1970 as the header has them. */
  readonly timestamp: string
  readonly signature: string
  readonly body: Uint8Array
}

export type SignatureFault = { readonly problem: 'bad-signature' | 'stale-timestamp'; readonly detail: string }

export function sign(secret: string, id: string, timestamp: string, body: Uint8Array): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
}

/** Null when the message is genuine and recent. Compares in constant time. */
export function verify(message: SignedMessage, secret: string, nowMs: number): SignatureFault | null {
  if (!/^\d{1,12}$/.test(message.timestamp)) {
    return {
      problem: 'bad-signature',
      detail: `webhook-timestamp is "${message.timestamp}", expected seconds since 1970.`,
    }
  }
  const expected = Buffer.from(sign(secret, message.id, message.timestamp, message.body))
  const genuine = message.signature.split(' ').some((given) => {
    const bytes = Buffer.from(given)
    return bytes.length === expected.length && timingSafeEqual(bytes, expected)
  })
  if (!genuine) {
    const detail =
      'No signature in webhook-signature matches. Likely another secret, or a body changed on the way (the raw bytes are signed).'
    return { problem: 'bad-signature', detail }
  }
  const apart = Math.round(nowMs / 1000 - Number(message.timestamp))
  if (Math.abs(apart) > TOLERANCE_SECONDS) {
    const detail = `webhook-timestamp is ${apart} s from the server's clock, at most ${TOLERANCE_SECONDS} s are taken. Likely a replay or a clock that is off.`
    return { problem: 'stale-timestamp', detail }
  }
  return null
}
