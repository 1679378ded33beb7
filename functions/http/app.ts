/** The router's shape and the one place where errors become responses. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { readBindings, type Bindings } from '../platform/bindings.ts'
import { issuesOf, Problem, toResponse } from './problem.ts'

export interface App {
  Bindings: Env
  Variables: { bindings: Bindings; keyId: string }
}

/** A router whose validation errors are problems. */
export const router = (): OpenAPIHono<App> =>
  new OpenAPIHono<App>({
    defaultHook: (result) => {
      if (!result.success) {
        throw new Problem('invalid-request', 'The request does not have the expected shape; see errors.', {
          errors: issuesOf(result.error),
        })
      }
    },
  })

export function createApp(routes: readonly OpenAPIHono<App>[]): OpenAPIHono<App> {
  const app = router()
  app.use(async function bindings(c, next) {
    c.set('bindings', readBindings(c.env))
    await next()
  })
  app.get('/health', (c) => c.json({ status: 'ok' }))
  for (const route of routes) app.route('/', route)
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' })
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Millrace', version: '1', description: 'Crawled pages in, training manifests out.' },
  })
  app.notFound((c) => toResponse(new Problem('not-found', `Nothing answers ${c.req.method} ${c.req.path}.`), c))
  app.onError(toResponse)
  return app
}
