/**
 * Whether a document's terms of use allow what a corpus is for. Off by default: signs are stored with every row, and only
 * who builds the corpus knows which of them bind (docs/decisions/0008-opt-outs-in-the-recipe.md).
 */
import { keep, type Outcome, reject } from '../outcome.ts'

export interface UsagePolicy {
  /** Turns away what is kept from training: `noai`, a TDM reservation, a ban on a crawler that collects for models. */
  readonly respectOptOut: boolean
  /** Texts of which a licence must contain one, whatever the case; empty where none is needed. */
  readonly licences: readonly string[]
}

export const ANY_USE: UsagePolicy = { respectOptOut: false, licences: [] }

/** Agents that collect text for models, as their operators name them in robots rules. */
const MODEL_AGENTS = new Set(
  (
    'ai2bot amazonbot anthropic-ai applebot-extended bytespider ccbot claudebot cohere-ai diffbot facebookbot google-extended gptbot ' +
    'meta-externalagent omgili omgilibot perplexitybot timpibot'
  ).split(' '),
)

export interface Usage {
  readonly licence: string | null
  readonly optOut: readonly string[]
}

export function screenUsage({ licence, optOut }: Usage, policy: UsagePolicy): Outcome<null> {
  if (policy.respectOptOut) {
    const sign = optOut.find(isOptOut)
    if (sign !== undefined) return reject({ code: 'opt-out', sign })
  }
  if (policy.licences.length > 0) {
    const name = (licence ?? '').toLowerCase()
    if (!policy.licences.some((wanted) => name.includes(wanted.toLowerCase())))
      return reject({ code: 'licence', licence })
  }
  return keep(null)
}

/** `noindex` for everybody is about being found, `noimageai` about images: neither keeps a text from training. */
export function isOptOut(sign: string): boolean {
  if (sign === 'tdm-reservation') return true
  const [, agent = '', directive = ''] = /^robots(?:@([^:]+))?:(.+)$/.exec(sign) ?? []
  return directive === 'noai' || (MODEL_AGENTS.has(agent) && (directive === 'noindex' || directive === 'none'))
}
