/**
 * Boosted oblivious trees (Prokhorenkova et al., "CatBoost", NeurIPS 2018): each level of a tree asks one question of all
 * its nodes, so a tree is a few comparisons and one look-up, without branches. Cost: depth comparisons a tree and block.
 */

export interface TreeModel {
  readonly depth: number
  readonly bias: number
  /** For each tree and level, the feature asked for and the border that it must exceed. */
  readonly features: Uint8Array
  readonly borders: Float32Array
  /** For each tree, a value for each of its 2^depth leaves. */
  readonly leaves: Float32Array
}

/** Two matrices side by side: rows of `widths` numbers each, as the stages have them. */
export interface Rows {
  readonly left: Float32Array
  readonly leftWidth: number
  readonly right: Float32Array | null
  readonly rightWidth: number
}

/** Probabilities for `count` rows, into `out`. */
export function predict(model: TreeModel, rows: Rows, count: number, out: Float32Array): void {
  const { depth, bias, features, borders, leaves } = model
  const { left, leftWidth, rightWidth } = rows
  const right = rows.right ?? left
  const numTrees = features.length / depth
  for (let row = 0; row < count; row++) {
    const leftAt = row * leftWidth
    const rightAt = row * rightWidth - leftWidth
    let score = bias
    let question = 0
    for (let tree = 0; tree < numTrees; tree++) {
      let leaf = 0
      for (let level = 0; level < depth; level++, question++) {
        const feature = features[question] as number
        const value = (feature < leftWidth ? left[leftAt + feature] : right[rightAt + feature]) as number
        leaf = (leaf << 1) | (value > (borders[question] as number) ? 1 : 0)
      }
      score += leaves[(tree << depth) + leaf] as number
    }
    out[row] = 1 / (1 + Math.exp(-score))
  }
}
