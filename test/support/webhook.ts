/** A crawler's signed messages. */
import { sign } from '../../functions/ingest/signature.ts'

/** 24 bytes, made for the tests. */
export const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

export interface Signing {
  readonly id: string
  readonly nowMs: number
  readonly secret?: string
}

export function signedRequest(
  message: unknown,
  { id, nowMs, secret = WEBHOOK_SECRET }: Signing,
): { method: 'POST'; headers: Record<string, string>; body: string } {
  const body = typeof message === 'string' ? message : JSON.stringify(message)
  const timestamp = String(Math.floor(nowMs / 1000))
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': sign(secret, id, timestamp, new TextEncoder().encode(body)),
  }
  return { method: 'POST', headers, body }
}
