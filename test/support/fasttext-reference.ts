/**
 * fastText's prediction written down a second time, as plainly as can be: strings of bytes, BigInt hashes, whole lists, doubles
 * rounded after each step. Slow. From the description of its file and its classes (0.9.2: dictionary.cc, loss.cc,
 * productquantizer.cc), for the specs of fasttext-writer.ts.
 */
import type { Coded, Dense, ModelSpec } from './fasttext-writer.ts'

const f = Math.fround
const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')

export function fnv(word: string): number {
  let h = 2166136261n
  for (const char of word) {
    const byte = char.charCodeAt(0)
    const signed = byte < 128 ? byte : byte - 256
    h = ((h ^ BigInt.asUintN(32, BigInt(signed))) * 16777619n) & 0xffffffffn
  }
  return Number(h)
}

/** Buckets of the runs of two to `longest` words. */
export function wordRuns(hashes: readonly number[], longest: number, bucket: number): number[] {
  const runs: number[] = []
  const signed = hashes.map((hash) => BigInt.asIntN(32, BigInt(hash)))
  for (let i = 0; i < signed.length; i++) {
    let h = BigInt.asUintN(64, signed[i] ?? 0n)
    for (let j = i + 1; j < signed.length && j < i + longest; j++) {
      h = BigInt.asUintN(64, h * 116049371n + (signed[j] ?? 0n))
      runs.push(Number(h % BigInt(bucket)))
    }
  }
  return runs
}

function characterRuns(word: string, { minn, maxn, bucket }: ModelSpec): number[] {
  const chars = `<${word}>`.match(/[^\u0080-\u00bf][\u0080-\u00bf]*/g) ?? []
  const runs: number[] = []
  for (let i = 0; i < chars.length; i++) {
    for (let n = 1; n <= maxn && i + n <= chars.length; n++) {
      if (n < minn || (n === 1 && (i === 0 || i === chars.length - 1))) continue
      runs.push(fnv(chars.slice(i, i + n).join('')) % bucket)
    }
  }
  return runs
}

/** Rows of the input matrix for a text, of which `bytes` is a string of bytes. */
export function rowsOf(spec: ModelSpec, bytes: string): number[] {
  const words = spec.words.map(({ text }) => bytesOf(text))
  const labels = spec.labels.map(({ text }) => bytesOf(text))
  const place = (bucket: number): number[] => {
    if (spec.pruned === null) return [words.length + bucket]
    return spec.pruned.filter(([key]) => key === bucket).map(([, row]) => words.length + row)
  }
  const rows: number[] = []
  const hashes: number[] = []
  // oxlint-disable-next-line no-control-regex
  for (const token of [...bytes.split(/[ \n\r\t\v\f\0]+/).filter((one) => one !== ''), '</s>']) {
    const id = words.lastIndexOf(token)
    if (id < 0 && (labels.includes(token) || token.startsWith('__label__'))) continue
    if (id >= 0) rows.push(id)
    const maxn = spec.version === 11 ? 0 : spec.maxn
    if (token !== '</s>' && maxn > 0) rows.push(...characterRuns(token, spec).flatMap(place))
    hashes.push(fnv(token))
    if (token === '</s>') break
  }
  rows.push(...wordRuns(hashes, spec.wordNgrams, spec.bucket).flatMap(place))
  return rows
}

/** A row, times its length where it has one. */
export function rowOf(matrix: Dense | Coded, row: number): number[] {
  if (matrix.kind === 'dense') return (matrix.numbers[row] ?? []).map(f)
  const { cols, width, codes, centroids, norms } = matrix
  const groups = Math.ceil(cols / width)
  const norm = norms === null ? 1 : f(norms.centroids[norms.codes[row] ?? 0] ?? 0)
  return Array.from({ length: cols }, (_, j) => {
    const group = Math.floor(j / width)
    const ownWidth = group === groups - 1 ? cols % width || width : width
    const code = codes[row]?.[group] ?? 0
    return f(norm * f(centroids[group * 256 * width + code * ownWidth + (j - group * width)] ?? 0))
  })
}

/** Probability of each label. Doubles: to be compared with a tolerance. */
export function probabilitiesOf(spec: ModelSpec, bytes: string): number[] | null {
  const rows = rowsOf(spec, bytes)
  if (rows.length === 0) return null
  const hidden = Array.from({ length: spec.dim }, () => 0)
  for (const row of rows) rowOf(spec.input, row).forEach((x, j) => (hidden[j] = (hidden[j] ?? 0) + x / rows.length))
  const sums = spec.labels.map((_, i) => rowOf(spec.output, i).reduce((sum, x, j) => sum + x * (hidden[j] ?? 0), 0))
  const smoothed = (p: number): number => p + 1e-5
  if (spec.loss === 1) return treeProbabilities(spec, sums)
  if (spec.loss === 3) {
    const powers = sums.map((sum) => Math.exp(sum))
    const total = powers.reduce((sum, power) => sum + power, 0)
    return powers.map((power) => smoothed(power / total))
  }
  const step = (x: number): number => Math.trunc((x + 8) * 32) / 32 - 8
  return sums.map((sum) => smoothed(sum < -8 ? 0 : sum > 8 ? 1 : 1 / (1 + Math.exp(-step(sum)))))
}

/** Huffman's tree by the textbook: the two rarest nodes become one, again and again; among equals the later label, labels last. */
function treeProbabilities({ labels }: ModelSpec, sums: readonly number[]): number[] {
  interface Node {
    readonly count: number
    readonly labels: readonly number[]
    readonly isLeaf: boolean
  }
  const leaves: Node[] = labels.map(({ count = 1 }, i) => ({ count, labels: [i], isLeaf: true }))
  const inner: Node[] = []
  const p = labels.map(() => 1)
  const next = (): Node => {
    const leaf = leaves.at(-1)
    const node = inner[0]
    if (leaf !== undefined && (node === undefined || leaf.count < node.count)) return leaves.pop() ?? leaf
    if (node === undefined) throw new Error('no node is left')
    inner.shift()
    return node
  }
  for (let i = 0; i < labels.length - 1; i++) {
    const [left, right] = [next(), next()]
    const share = 1 / (1 + Math.exp(-(sums[i] ?? 0)))
    for (const label of left.labels) p[label] = (p[label] ?? 0) * (1 - share + 1e-5)
    for (const label of right.labels) p[label] = (p[label] ?? 0) * (share + 1e-5)
    inner.push({ count: left.count + right.count, labels: [...left.labels, ...right.labels], isLeaf: false })
  }
  return p
}
