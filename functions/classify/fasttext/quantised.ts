/**
 * A product-quantised matrix of a fastText file (Jégou et al. 2011; Joulin et al. 2016, section 3): a row is a byte for
 * each group of columns, which names one of 256 centroids, and with `qnorm` a byte for its length. Bytes and centroids stay
 * where the file has them.
 *
 * Sums are fastText's to the bit, as in matrix.ts: a column's order of rows is kept, so columns may go one by one. Four go
 * side by side through all rows, their sums in registers. Cost: 1.7 ns a number, 2.5 with lengths.
 */
import type { Fields } from './fields.ts'
import { readShape } from './matrix.ts'
import type { Matrix, Shape } from './matrix.ts'

const CENTROIDS = 256
const round = Math.fround

interface Quantiser {
  readonly groups: number
  readonly width: number
  readonly lastWidth: number
  readonly centroids: Float32Array
}

function readQuantiser(fields: Fields, name: string, dim: number): Quantiser {
  fields.i32(`columns of the ${name}`, dim, dim)
  const groupsAt = fields.at
  const groups = fields.i32(`groups of the ${name}`, 1, dim)
  const width = fields.i32(`width of a group of the ${name}`, 1, dim)
  const lastWidth = dim % width || width
  if (groups !== Math.ceil(dim / width)) {
    const expected = `${Math.ceil(dim / width)} for ${dim} columns by ${width}`
    fields.fail(`groups of the ${name}`, groupsAt, `found ${groups}, expected ${expected}: a number is damaged`)
  }
  fields.i32(`width of the last group of the ${name}`, lastWidth, lastWidth)
  return { groups, width, lastWidth, centroids: fields.f32s(`centroids of the ${name}`, dim * CENTROIDS) }
}

export function readQuantised(fields: Fields, name: string, shape: Shape): Matrix {
  const hasNorms = fields.flag(`qnorm of the ${name} matrix`)
  readShape(fields, name, shape)
  const { rows, cols } = shape
  const codesAt = fields.at
  const numCodes = fields.i32(`number of codes of the ${name} matrix`, rows, Math.min(rows * cols, 2 ** 31 - 1))
  const codes = fields.raw(`codes of the ${name} matrix`, numCodes)
  const quantiser = readQuantiser(fields, `${name} quantiser`, cols)
  const { groups, centroids } = quantiser
  if (numCodes !== rows * groups) {
    const detail = `found ${numCodes}, expected ${rows * groups} for ${rows} rows of ${groups}: a number is damaged`
    fields.fail(`number of codes of the ${name} matrix`, codesAt, detail)
  }
  const quantised = { codes, groups, centroids, columns: columnsOf(cols, quantiser) }
  if (!hasNorms) {
    return {
      rows,
      addRows: (into, list, count) => addPlain(quantised, into, list, count),
      dot: (vector, row) => dot(quantised, vector, row),
      multiply(vector, into) {
        for (let row = 0; row < rows; row++) into[row] = dot(quantised, vector, row)
      },
    }
  }
  const lengthCodes = fields.raw(`norms of the ${name} matrix`, rows)
  const lengths = readQuantiser(fields, `${name} norm quantiser`, 1).centroids
  const lengthOf = (row: number): number => lengths[lengthCodes[row] as number] as number
  let scales = new Float32Array(0)
  return {
    rows,
    addRows(into, list, count) {
      if (scales.length < count) scales = new Float32Array(count)
      for (let i = 0; i < count; i++) scales[i] = lengthOf(list[i] as number)
      addScaled(quantised, into, list, count, scales)
    },
    dot: (vector, row) => round(dot(quantised, vector, row) * lengthOf(row)),
    multiply(vector, into) {
      for (let row = 0; row < rows; row++) into[row] = round(dot(quantised, vector, row) * lengthOf(row))
    },
  }
}

interface Quantised {
  readonly codes: Uint8Array
  readonly groups: number
  readonly centroids: Float32Array
  readonly columns: Columns
}

/** Of each column: its group, where its number of the first centroid stands, and how far on the next centroid's is. */
interface Columns {
  readonly group: Int32Array
  readonly first: Int32Array
  readonly step: Int32Array
}

function columnsOf(cols: number, { groups, width, lastWidth }: Quantiser): Columns {
  const of = (value: (group: number, column: number) => number): Int32Array =>
    Int32Array.from({ length: cols }, (_, column) => value(Math.floor(column / width), column))
  return {
    group: of((group) => group),
    first: of((group, column) => group * CENTROIDS * width + (column % width)),
    step: of((group) => (group === groups - 1 ? lastWidth : width)),
  }
}

function addPlain(
  { codes, groups, centroids, columns: { group, first, step } }: Quantised,
  into: Float32Array,
  list: Int32Array,
  count: number,
): void {
  let j = 0
  for (; j + 3 < into.length; j += 4) {
    const [g0, g1, g2, g3] = [group[j], group[j + 1], group[j + 2], group[j + 3]] as [number, number, number, number]
    const [f0, f1, f2, f3] = [first[j], first[j + 1], first[j + 2], first[j + 3]] as [number, number, number, number]
    const [s0, s1, s2, s3] = [step[j], step[j + 1], step[j + 2], step[j + 3]] as [number, number, number, number]
    let [x0, x1, x2, x3] = [into[j], into[j + 1], into[j + 2], into[j + 3]] as [number, number, number, number]
    for (let i = 0; i < count; i++) {
      const at = (list[i] as number) * groups
      x0 = round(x0 + (centroids[f0 + (codes[at + g0] as number) * s0] as number))
      x1 = round(x1 + (centroids[f1 + (codes[at + g1] as number) * s1] as number))
      x2 = round(x2 + (centroids[f2 + (codes[at + g2] as number) * s2] as number))
      x3 = round(x3 + (centroids[f3 + (codes[at + g3] as number) * s3] as number))
    }
    into[j] = x0
    into[j + 1] = x1
    into[j + 2] = x2
    into[j + 3] = x3
  }
  for (; j < into.length; j++) {
    const from = first[j] as number
    let x = into[j] as number
    for (let i = 0; i < count; i++) {
      const code = codes[(list[i] as number) * groups + (group[j] as number)] as number
      x = round(x + (centroids[from + code * (step[j] as number)] as number))
    }
    into[j] = x
  }
}

/** As `addPlain`, each row times its length; the product is rounded before it is added. */
function addScaled(
  { codes, groups, centroids, columns: { group, first, step } }: Quantised,
  into: Float32Array,
  list: Int32Array,
  count: number,
  scales: Float32Array,
): void {
  let j = 0
  for (; j + 3 < into.length; j += 4) {
    const [g0, g1, g2, g3] = [group[j], group[j + 1], group[j + 2], group[j + 3]] as [number, number, number, number]
    const [f0, f1, f2, f3] = [first[j], first[j + 1], first[j + 2], first[j + 3]] as [number, number, number, number]
    const [s0, s1, s2, s3] = [step[j], step[j + 1], step[j + 2], step[j + 3]] as [number, number, number, number]
    let [x0, x1, x2, x3] = [into[j], into[j + 1], into[j + 2], into[j + 3]] as [number, number, number, number]
    for (let i = 0; i < count; i++) {
      const at = (list[i] as number) * groups
      const scale = scales[i] as number
      x0 = round(x0 + round(scale * (centroids[f0 + (codes[at + g0] as number) * s0] as number)))
      x1 = round(x1 + round(scale * (centroids[f1 + (codes[at + g1] as number) * s1] as number)))
      x2 = round(x2 + round(scale * (centroids[f2 + (codes[at + g2] as number) * s2] as number)))
      x3 = round(x3 + round(scale * (centroids[f3 + (codes[at + g3] as number) * s3] as number)))
    }
    into[j] = x0
    into[j + 1] = x1
    into[j + 2] = x2
    into[j + 3] = x3
  }
  for (; j < into.length; j++) {
    const from = first[j] as number
    let x = into[j] as number
    for (let i = 0; i < count; i++) {
      const code = codes[(list[i] as number) * groups + (group[j] as number)] as number
      x = round(x + round((scales[i] as number) * (centroids[from + code * (step[j] as number)] as number)))
    }
    into[j] = x
  }
}

function dot(
  { codes, groups, centroids, columns: { group, first, step } }: Quantised,
  vector: Float32Array,
  row: number,
): number {
  const at = row * groups
  let sum = 0
  for (let j = 0; j < vector.length; j++) {
    const code = codes[at + (group[j] as number)] as number
    const number = centroids[(first[j] as number) + code * (step[j] as number)] as number
    sum = round(sum + round((vector[j] as number) * number))
  }
  return sum
}
