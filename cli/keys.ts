/** `millrace keys`: bearer keys, written into the index where the Worker looks them up. A key is shown once. */
import { randomBytes } from 'node:crypto'
import { hashKey, SCOPES } from '../functions/http/key.ts'
import { readArguments, UsageError } from './arguments.ts'
import { applyMigrations, querySql, sqlText, type Where } from './wrangler.ts'

const USAGE = `Usage: millrace keys create --scopes ingest,read [--name NAME] [--remote | --persist-to DIR]
       millrace keys list [--remote | --persist-to DIR]
       millrace keys revoke ID [--remote | --persist-to DIR]

Scopes: ${SCOPES.join(' ')} (admin has every one).
Without --remote the key is for the server that "npm run dev" starts (--persist-to .wrangler/dev).`

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const KEY_DIGITS = 32

/** `mr_` and 32 base62 digits: 190 bits. Bytes from 248 up are drawn again, so that each digit is equally likely. */
export function newKey(): string {
  let digits = ''
  while (digits.length < KEY_DIGITS) {
    for (const byte of randomBytes(KEY_DIGITS))
      if (byte < 248 && digits.length < KEY_DIGITS) digits += BASE62[byte % 62]
  }
  return `mr_${digits}`
}

export function readScopes(text: string): string[] {
  const scopes = [...new Set(text.split(/[\s,]+/).filter((scope) => scope !== ''))]
  if (scopes.length === 0) throw new UsageError(`No scope was given. There are: ${SCOPES.join(' ')}.`, USAGE)
  const unknown = scopes.filter((scope) => !SCOPES.some((known) => known === scope))
  if (unknown.length > 0)
    throw new UsageError(`There is no scope "${unknown.join('", "')}". There are: ${SCOPES.join(' ')}.`)
  return scopes
}

/** Adds `key` to the index unless it is there, and returns its id. */
export async function addKey(
  key: string,
  { scopes, name, where }: { scopes: readonly string[]; name: string; where: Where },
) {
  const hash = hashKey(key)
  const id = `key_${hash.slice(0, 12)}`
  const values = [id, hash, name, scopes.join(' ')].map(sqlText).join(', ')
  await querySql(
    `INSERT INTO api_keys (id, hash, name, scopes, created_at_ms) VALUES (${values}, ${Date.now()}) ON CONFLICT DO NOTHING`,
    where,
  )
  return id
}

export async function keysCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    usage: USAGE,
    options: {
      scopes: { type: 'string' },
      name: { type: 'string', default: '' },
      remote: { type: 'boolean', default: false },
      'persist-to': { type: 'string' },
    },
    positionals: { name: 'action (create, list or revoke)', min: 1, max: 2 },
  })
  if (values.remote && values['persist-to'] !== undefined) {
    throw new UsageError('--remote and --persist-to name two different databases; give one.', USAGE)
  }
  const where: Where = values.remote ? { remote: true } : { persistTo: values['persist-to'] ?? '.wrangler/dev' }
  const [action, id] = positionals
  switch (action) {
    case 'create': {
      const scopes = readScopes(values.scopes ?? '')
      if (!values.remote) await applyMigrations(where)
      const key = newKey()
      const made = await addKey(key, { scopes, name: values.name, where })
      console.error(`Key ${made} with the scopes ${scopes.join(' ')}. It is shown once, on the next line:`)
      console.log(key)
      return 0
    }
    case 'list': {
      const columns = 'id, name, scopes, created_at_ms, revoked_at_ms'
      for (const row of await querySql(`SELECT ${columns} FROM api_keys ORDER BY created_at_ms, id`, where)) {
        console.log(JSON.stringify(row))
      }
      return 0
    }
    case 'revoke': {
      if (id === undefined) throw new UsageError('No key id was given; "millrace keys list" shows them.', USAGE)
      const sql = `UPDATE api_keys SET revoked_at_ms = coalesce(revoked_at_ms, ${Date.now()}) WHERE id = ${sqlText(id)} RETURNING id`
      if ((await querySql(sql, where)).length === 0) throw new UsageError(`There is no key "${id}".`)
      console.error(`Key ${id} is revoked.`)
      return 0
    }
    default:
      throw new UsageError(`There is no action "${action}": it is create, list or revoke.`, USAGE)
  }
}
