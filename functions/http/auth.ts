/** Bearer keys with scopes. Only their sha-256 is stored, so a copy of the database opens nothing. */
import { and, eq, isNull } from 'drizzle-orm'
import { createMiddleware } from 'hono/factory'
import { apiKeys } from '../../schema/tables.ts'
import type { App } from './app.ts'
import { hashKey, type Scope } from './key.ts'
import { Problem } from './problem.ts'

/** Lets a request pass whose key has `scope`; `admin` has every scope. */
export const requireScope = (scope: Scope) =>
  createMiddleware<App>(async function requireScopeOfKey(c, next) {
    const header = c.req.header('authorization')
    const key = header === undefined ? undefined : /^Bearer\s+(\S+)$/i.exec(header)?.[1]
    if (key === undefined) {
      throw new Problem(
        'no-key',
        'Expected the header "Authorization: Bearer mr_…". Make a key with: npx millrace keys create',
      )
    }
    const { db } = c.var.bindings
    const rows = await db
      .select({ id: apiKeys.id, scopes: apiKeys.scopes })
      .from(apiKeys)
      .where(and(eq(apiKeys.hash, hashKey(key)), isNull(apiKeys.revokedAtMs)))
    const found = rows[0]
    if (found === undefined) throw new Problem('unknown-key', 'The key is not in the index, or was revoked.')
    const scopes = found.scopes.split(' ')
    if (!scopes.includes(scope) && !scopes.includes('admin')) {
      throw new Problem('wrong-scope', `The key has the scopes "${found.scopes}"; this needs "${scope}".`, {
        needed: scope,
      })
    }
    c.set('keyId', found.id)
    await next()
  })
