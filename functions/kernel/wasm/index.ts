/** What the one compiled module exports. */
export { lowerMinima } from './minima'
export { scanPage } from './scan-page'
export { addTrees } from './trees'
