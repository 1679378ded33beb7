/** What becomes of a page: a document, a rejection with its reason, or a failure with its cause. */

/** Why a page is not wanted. The set is closed: a new reason does not compile until `reasonKey` places it. */
export type Reason =
  | { readonly code: 'http-status'; readonly status: number }
  | { readonly code: 'not-text'; readonly contentType: string }
  /** A record that stands for a page but holds none: a revisit, a part of a segmented record. */
  | { readonly code: 'record-type'; readonly type: string }
  | { readonly code: 'too-large'; readonly bytes: number; readonly maxBytes: number }
  | { readonly code: 'empty' }
  | { readonly code: 'undecodable'; readonly charset: string; readonly invalidShare: number }
  | { readonly code: 'no-main-text'; readonly chars: number }
  | { readonly code: 'opt-out'; readonly sign: string }
  | { readonly code: 'licence'; readonly licence: string | null }
  | { readonly code: 'language'; readonly lang: string; readonly score: number }
  | { readonly code: 'quality'; readonly rule: string; readonly value: number; readonly limit: number }

/** What went wrong with a page, a record or a stretch of an object. Counted, named, never dropped. */
export interface Failure {
  readonly code:
    | 'corrupt-member'
    | 'truncated'
    | 'trailing-garbage'
    | 'broken-record'
    | 'broken-line'
    | 'unreadable-encoding'
    | 'member-too-large'
    | 'stage-error'
  readonly detail: string
}

export type Outcome<T> = { readonly kept: true; readonly value: T } | { readonly kept: false; readonly reason: Reason }

export const keep = <T>(value: T): Outcome<T> => ({ kept: true, value })
export const reject = <T>(reason: Reason): Outcome<T> => ({ kept: false, reason })

/** The name under which a funnel counts a reason: a quality rule and a language have a line of their own. */
export function reasonKey(reason: Reason): string {
  switch (reason.code) {
    case 'quality':
      return `quality/${reason.rule}`
    case 'opt-out':
      return `opt-out/${reason.sign}`
    case 'language':
      return `language/${reason.lang}`
    case 'record-type':
      return `record-type/${reason.type}`
    case 'http-status':
    case 'not-text':
    case 'too-large':
    case 'empty':
    case 'undecodable':
    case 'no-main-text':
    case 'licence':
      return reason.code
  }
}
