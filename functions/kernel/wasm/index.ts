/** What the one compiled module exports. */
export { lowerMinima } from './minima'
export { addTrees } from './trees'
