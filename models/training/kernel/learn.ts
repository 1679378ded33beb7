/**
 * One example's pass over the rows of its features (see ../softmax-learner.ts, whose plain twin the tests keep): sums of weights, and
 * AdaGrad's step. A row is 96 bytes: twelve weights, of which eleven are used, and the sums of their squared slopes.
 * A feature that counts more than once stands there as often, side by side. Four classes to a vector. AssemblyScript.
 */
const ROW_BYTES: usize = 96

/** Writes twelve sums to `out`. */
export function sumRows(features: usize, count: i32, rows: usize, out: usize): void {
  let a = f32x4.splat(0)
  let b = f32x4.splat(0)
  let c = f32x4.splat(0)
  const end = features + ((<usize>count) << 2)
  for (let at = features; at < end; at += 4) {
    const row = rows + <usize>load<u32>(at) * ROW_BYTES
    a = f32x4.add(a, v128.load(row))
    b = f32x4.add(b, v128.load(row, 16))
    c = f32x4.add(c, v128.load(row, 32))
  }
  v128.store(out, a)
  v128.store(out, b, 16)
  v128.store(out, c, 32)
}

/** `slopes`: twelve numbers, the same for every row but for how often it counts and what decay adds. */
export function stepRows(features: usize, entries: i32, rows: usize, slopes: usize, rate: f32, decay: f32): void {
  const rates = f32x4.splat(rate)
  const decays = f32x4.splat(decay)
  const floor = f32x4.splat(1e-4)
  const a = v128.load(slopes)
  const b = v128.load(slopes, 16)
  const c = v128.load(slopes, 32)
  const end = features + ((<usize>entries) << 2)
  for (let at = features; at < end;) {
    const feature = load<u32>(at)
    const row = rows + <usize>feature * ROW_BYTES
    let count: f32 = 0
    do {
      count += 1
      at += 4
    } while (at < end && load<u32>(at) === feature)
    const counts = f32x4.splat(count)
    stepFour(row, f32x4.mul(counts, a), rates, decays, floor)
    stepFour(row + 16, f32x4.mul(counts, b), rates, decays, floor)
    stepFour(row + 32, f32x4.mul(counts, c), rates, decays, floor)
  }
}

function stepFour(at: usize, slopes: v128, rates: v128, decays: v128, floor: v128): void {
  const weights = v128.load(at)
  const slope = f32x4.add(slopes, f32x4.mul(decays, weights))
  const squares = f32x4.add(v128.load(at, 48), f32x4.mul(slope, slope))
  v128.store(at, squares, 48)
  const step = f32x4.div(f32x4.mul(rates, slope), f32x4.sqrt(f32x4.add(squares, floor)))
  v128.store(at, f32x4.sub(weights, step))
}
