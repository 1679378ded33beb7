/** What the one compiled module exports. */
export { lowerMinima } from './minima'
export { scanPage } from './scan-page'
export { scoreNgrams } from './ngrams'
export { addFirst, addRuns, addStems } from './runs'
export { readTokens, spreadLines } from './tokens'
export { sumTopics } from './topics'
export { addTrees } from './trees'
