/** What the one compiled module exports. */
export { lowerMinima } from './minima'
export { scanPage } from './scan-page'
export { scoreNgrams } from './ngrams'
export { addTrees } from './trees'
