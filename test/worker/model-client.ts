/** A world of its own for each test of models, and what is asked of it about them. */
import { env } from 'cloudflare:workers'
import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { call, keyWith, type Answer } from './client.ts'
import { newWorld, type World } from './world.ts'

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Those of the running test. */
export let world: World
export let admin: string

/** Before each test. */
export async function openWorld(): Promise<void> {
  world = await newWorld()
  admin = await keyWith('admin')
}

/** `at`: the address, where it is not that of the bytes. */
export function push(bytes: Uint8Array, { query = '', at = sha256Of(bytes) } = {}): Promise<Answer> {
  const headers = { 'content-length': String(bytes.length) }
  return call(world, `/v1/models/${at}${query}`, { method: 'PUT', key: admin, headers, body: bytes.slice() })
}
export const activate = (models: Record<string, string>): Promise<Answer> =>
  call(world, '/v1/activations', { method: 'POST', key: admin, body: JSON.stringify({ models }) })
export const stored = async (): Promise<string[]> =>
  (await env.CORPUS.list({ prefix: 'models/' })).objects.map(({ key }) => key.replace('models/', ''))

export async function pushed(bytes: Uint8Array, query = ''): Promise<string> {
  const { status, body } = await push(bytes, { query })
  expect([status, body['detail']]).toEqual([201, undefined])
  return String(body['id'])
}
