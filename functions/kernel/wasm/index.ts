/** What the one compiled module exports. */
export { lowerMinima } from './minima'
export { scoreNgrams } from './ngrams'
export { addTrees } from './trees'
