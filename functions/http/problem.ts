/** What a client sees when something is wrong: RFC 9457 problems, from one table. docs/problems.md has a heading for each. */
import type { Context } from 'hono'

export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request does not have the expected shape' },
  'bad-signature': { status: 401, title: 'The webhook signature does not match' },
  'stale-timestamp': { status: 401, title: 'The webhook timestamp is outside the tolerance' },
  'no-key': { status: 401, title: 'A bearer key is needed' },
  'unknown-key': { status: 401, title: 'The bearer key is not known' },
  'wrong-scope': { status: 403, title: 'The key lacks a scope' },
  'not-found': { status: 404, title: 'There is no such thing' },
  conflict: { status: 409, title: 'The same name was used for something else' },
  'object-exists': { status: 409, title: 'An object with other bytes has this key' },
  'batch-closed': { status: 409, title: 'The batch takes no more objects' },
  'nothing-sealed': { status: 409, title: 'The corpus has no sealed batch yet' },
  'length-mismatch': { status: 400, title: 'The body ended before its declared length' },
  'hash-mismatch': { status: 400, title: 'The body does not have the hash that its address says' },
  'body-too-large': { status: 413, title: 'The body exceeds the limit of one request' },
  'unsupported-type': { status: 415, title: 'The content type is not taken here' },
  'range-not-satisfiable': { status: 416, title: 'The range lies outside the object' },
  'missing-objects': { status: 422, title: 'Objects named in the message are not in the bucket' },
  'invalid-recipe': { status: 422, title: 'The recipe cannot be read' },
  'unknown-recipe': { status: 422, title: 'There is no recipe of this name' },
  shortfall: { status: 422, title: 'The corpus cannot fill the quotas' },
  'missing-sources': { status: 422, title: 'The recipe asks for sources that the corpus lacks' },
  'mixed-models': { status: 422, title: 'Rows were scored by more than one model' },
  calibration: { status: 422, title: 'The calibration does not fit the corpus' },
  'not-scored': { status: 422, title: 'The model has not scored the corpus' },
  'token-table': { status: 422, title: 'The token table lacks a source' },
  index: { status: 422, title: 'The index cannot be planned over' },
  'no-report': { status: 409, title: 'The round has no report yet' },
  'unusable-model': { status: 422, title: 'The model cannot be used' },
  'model-mismatch': { status: 422, title: 'The model does not fit its place' },
  'model-too-large': { status: 422, title: 'The model needs more memory than there is' },
  'webhooks-off': { status: 503, title: 'No webhook secret is set' },
  internal: { status: 500, title: 'Unexpected failure' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemName = keyof typeof PROBLEMS

export class Problem extends Error {
  override readonly name = 'Problem'
  readonly problem: ProblemName
  readonly extra: Readonly<Record<string, unknown>>

  constructor(
    problem: ProblemName,
    detail: string,
    extra: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(detail, options)
    this.problem = problem
    this.extra = extra
  }
}

/** One pointer and sentence for each zod issue. */
export const issuesOf = (error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
}) => error.issues.map(({ path, message }) => ({ pointer: `/${path.map(String).join('/')}`, detail: message }))

export function toResponse(error: unknown, c: Context): Response {
  const problem = error instanceof Problem ? error : new Problem('internal', 'See the log.', {}, { cause: error })
  if (problem.problem === 'internal') {
    console.error(
      JSON.stringify({
        level: 'error',
        path: c.req.path,
        error: String(error),
        stack: error instanceof Error ? error.stack : null,
      }),
    )
  }
  const { status, title } = PROBLEMS[problem.problem]
  const body = {
    type: `/problems/${problem.problem}`,
    title,
    status,
    detail: problem.message,
    instance: c.req.path,
    ...problem.extra,
  }
  return c.body(JSON.stringify(body), status, { 'content-type': 'application/problem+json' })
}
