/**
 * Boosted oblivious trees over columns of numbers (see functions/extract/tree-model.ts, whose scalar twin the tests keep):
 * four blocks at a time, six comparisons and one look-up a tree. AssemblyScript; `npm run kernels` compiles it.
 *
 * questions: for each tree six byte offsets of the column asked for, from `columns`, then six borders as the bits of floats.
 * leaves: for each tree 64 floats. out: sums, `count` floats rounded up to whole fours; read and written.
 */
export function addTrees(numTrees: i32, questions: usize, leaves: usize, columns: usize, count: i32, out: usize): void {
  const end = out + ((<usize>count + 3) & ~3) * 4
  for (let tree = 0; tree < numTrees; tree++) {
    let c0 = columns + load<u32>(questions)
    let c1 = columns + load<u32>(questions, 4)
    let c2 = columns + load<u32>(questions, 8)
    let c3 = columns + load<u32>(questions, 12)
    let c4 = columns + load<u32>(questions, 16)
    let c5 = columns + load<u32>(questions, 20)
    const b0 = v128.load_splat<u32>(questions, 24)
    const b1 = v128.load_splat<u32>(questions, 28)
    const b2 = v128.load_splat<u32>(questions, 32)
    const b3 = v128.load_splat<u32>(questions, 36)
    const b4 = v128.load_splat<u32>(questions, 40)
    const b5 = v128.load_splat<u32>(questions, 44)
    for (let at = out; at < end; at += 16) {
      // A lane that exceeds its border is all ones: masked, it is its bit of the leaf's byte offset.
      let leaf = v128.and(i32x4.gt_s(v128.load(c0), b0), i32x4.splat(128))
      leaf = v128.or(leaf, v128.and(i32x4.gt_s(v128.load(c1), b1), i32x4.splat(64)))
      leaf = v128.or(leaf, v128.and(i32x4.gt_s(v128.load(c2), b2), i32x4.splat(32)))
      leaf = v128.or(leaf, v128.and(i32x4.gt_s(v128.load(c3), b3), i32x4.splat(16)))
      leaf = v128.or(leaf, v128.and(i32x4.gt_s(v128.load(c4), b4), i32x4.splat(8)))
      leaf = v128.or(leaf, v128.and(i32x4.gt_s(v128.load(c5), b5), i32x4.splat(4)))
      let values = v128.load32_zero(leaves + i32x4.extract_lane(leaf, 0))
      values = v128.load_lane<f32>(leaves + i32x4.extract_lane(leaf, 1), values, 1)
      values = v128.load_lane<f32>(leaves + i32x4.extract_lane(leaf, 2), values, 2)
      values = v128.load_lane<f32>(leaves + i32x4.extract_lane(leaf, 3), values, 3)
      v128.store(at, f32x4.add(v128.load(at), values))
      c0 += 16
      c1 += 16
      c2 += 16
      c3 += 16
      c4 += 16
      c5 += 16
    }
    questions += 48
    leaves += 256
  }
}
