/**
 * A dense matrix of a fastText file: rows of floats, which stay where the file has them.
 *
 * Floats are added one row after the other, each sum rounded to 32 bits, as fastText does it: the same sums to the bit,
 * where its compiler fuses no products into sums (on x86-64 as packaged). Cost: 1.5 ns a float, 4 rows at a time.
 */
import type { Fields } from './fields.ts'

export interface Matrix {
  readonly rows: number
  /** Adds `count` rows to `into`, which has a number for each column. */
  addRows(into: Float32Array, rows: Int32Array, count: number): void
  dot(vector: Float32Array, row: number): number
  /** The dot product of each row. */
  multiply(vector: Float32Array, into: Float32Array): void
}

const round = Math.fround

export interface Shape {
  readonly rows: number
  readonly cols: number
}

const MISFIT = 'the file is damaged, or joined from two'

export function readShape(fields: Fields, name: string, { rows, cols }: Shape): void {
  fields.i64(`rows of the ${name} matrix`, rows, rows, MISFIT)
  fields.i64(`columns of the ${name} matrix`, cols, cols, MISFIT)
}

export function readDense(fields: Fields, name: string, shape: Shape): Matrix {
  readShape(fields, name, shape)
  const { rows, cols } = shape
  const data = fields.f32s(`numbers of the ${name} matrix`, rows * cols)
  const dot = (vector: Float32Array, row: number): number => {
    const at = row * cols
    let sum = 0
    for (let j = 0; j < cols; j++) sum = round(sum + round((vector[j] as number) * (data[at + j] as number)))
    return sum
  }
  return {
    rows,
    addRows(into, list, count) {
      let i = 0
      for (; i + 3 < count; i += 4) {
        const a = (list[i] as number) * cols
        const b = (list[i + 1] as number) * cols
        const c = (list[i + 2] as number) * cols
        const d = (list[i + 3] as number) * cols
        for (let j = 0; j < cols; j++) {
          const two = round(round((into[j] as number) + (data[a + j] as number)) + (data[b + j] as number))
          into[j] = round(two + (data[c + j] as number)) + (data[d + j] as number)
        }
      }
      for (; i < count; i++) {
        const at = (list[i] as number) * cols
        for (let j = 0; j < cols; j++) into[j] = (into[j] as number) + (data[at + j] as number)
      }
    },
    dot,
    multiply(vector, into) {
      // Four sums at a time: each waits for its last addition, not for the others'.
      let row = 0
      for (; row + 3 < rows; row += 4) {
        let [a, b, c, d] = [0, 0, 0, 0]
        for (let j = 0, at = row * cols; j < cols; j++, at++) {
          const x = vector[j] as number
          a = round(a + round(x * (data[at] as number)))
          b = round(b + round(x * (data[at + cols] as number)))
          c = round(c + round(x * (data[at + 2 * cols] as number)))
          d = round(d + round(x * (data[at + 3 * cols] as number)))
        }
        into[row] = a
        into[row + 1] = b
        into[row + 2] = c
        into[row + 3] = d
      }
      for (; row < rows; row++) into[row] = dot(vector, row)
    },
  }
}
