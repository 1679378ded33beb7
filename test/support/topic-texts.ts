/** Short texts of the eleven topics, made of words that belong to each and words that belong to none. */
import { random } from '../../models/training/softmax.ts'
import { TOPICS } from '../../schema/shard.ts'
import type { Topic } from '../../schema/shard.ts'

const OWN: Readonly<Record<Topic, string>> = {
  'mathematics-physics': 'theorem proof quantum integral lattice entropy neutron symmetry vector',
  'computer-science-engineering': 'compiler kernel software gearbox circuit router database turbine torque',
  'biology-chemistry': 'enzyme protein species reagent polymer genome larvae catalyst isotope',
  'history-geography': 'empire dynasty river plateau medieval archive harbour province glacier',
  'law-policy': 'court statute judge verdict ministry ballot regulation appeal tribunal',
  'philosophy-logic': 'virtue soul ethics paradox scripture premise metaphysics prayer syllogism',
  'economics-business': 'inflation market tariff dividend payroll invoice lender startup margin',
  'psychology-sociology': 'emotion therapy parenting classroom anxiety identity peers kinship habit',
  'security-international-relations': 'missile treaty embassy ceasefire brigade sanctions border diplomat radar',
  'medicine-health': 'patient dosage surgery vaccine diabetes clinic symptom nurse insulin',
  other: 'recipe football guitar novel puppy garden festival sofa lipstick',
}
const COMMON = 'the of and in to with for that this from which about more than into over when most'.split(' ')

export interface TopicLine {
  readonly text: string
  readonly topic: Topic
}

/** So many of each topic, by turns; another seed gives other texts. */
export function topicTexts(each: number, seed: number): TopicLine[] {
  const next = random(seed)
  const one = (words: readonly string[]): string => words[Math.floor(next() * words.length)] ?? ''
  return Array.from({ length: each }, () =>
    TOPICS.map((topic) => {
      const own = OWN[topic].split(' ')
      const words = Array.from({ length: 30 }, () => (next() < 0.35 ? one(own) : one(COMMON)))
      return { text: `${words.join(' ')}.`, topic }
    }),
  ).flat()
}

export const ndjson = (lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('')
