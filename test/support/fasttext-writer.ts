/** fastText files for tests, field by field: the places of all fields are kept, so that tests can cut and damage each. */

export interface Entry {
  readonly text: string
  readonly count?: number
}

export interface Dense {
  readonly kind: 'dense'
  /** Row by row. */
  readonly numbers: readonly (readonly number[])[]
}

export interface Coded {
  readonly kind: 'coded'
  readonly cols: number
  readonly width: number
  /** A code for each group, row by row. */
  readonly codes: readonly (readonly number[])[]
  /** 256 · cols, group by group. */
  readonly centroids: readonly number[]
  /** A code for each row, and what the codes stand for; null without qnorm. */
  readonly norms: { readonly codes: readonly number[]; readonly centroids: readonly number[] } | null
}

export interface ModelSpec {
  readonly magic?: number
  readonly version?: number
  readonly dim: number
  readonly wordNgrams: number
  /** 1 hs, 2 ns, 3 softmax, 4 ova. */
  readonly loss: number
  /** 1 cbow, 2 skipgram, 3 supervised. */
  readonly model?: number
  readonly bucket: number
  readonly minn: number
  readonly maxn: number
  readonly words: readonly Entry[]
  readonly labels: readonly Entry[]
  /** Bucket and row, by pairs; null where all buckets are there. */
  readonly pruned: readonly (readonly [number, number])[] | null
  readonly input: Dense | Coded
  readonly output: Dense | Coded
}

export interface WrittenField {
  readonly name: string
  readonly at: number
  readonly size: number
}

export interface WrittenModel {
  readonly bytes: Uint8Array
  readonly fields: readonly WrittenField[]
}

const TYPES = { i8: 1, i32: 4, i64: 8, f32: 4, f64: 8 } as const

export function writeFastText(spec: ModelSpec): WrittenModel {
  const parts: Uint8Array[] = []
  const fields: WrittenField[] = []
  let at = 0
  const raw = (name: string, bytes: Uint8Array): void => {
    fields.push({ name, at, size: bytes.length })
    parts.push(bytes)
    at += bytes.length
  }
  const put = (name: string, type: keyof typeof TYPES, ...values: number[]): void => {
    const view = new DataView(new ArrayBuffer(TYPES[type] * values.length))
    values.forEach((value, i) => {
      const from = i * TYPES[type]
      if (type === 'i8') view.setInt8(from, value)
      else if (type === 'i32') view.setInt32(from, value, true)
      else if (type === 'i64') view.setBigInt64(from, BigInt(value), true)
      else if (type === 'f32') view.setFloat32(from, value, true)
      else view.setFloat64(from, value, true)
    })
    raw(name, new Uint8Array(view.buffer))
  }
  const quantiser = (name: string, cols: number, width: number, centroids: readonly number[]): void => {
    put(`columns of the ${name}`, 'i32', cols)
    put(`groups of the ${name}`, 'i32', Math.ceil(cols / width))
    put(`width of a group of the ${name}`, 'i32', width)
    put(`width of the last group of the ${name}`, 'i32', cols % width || width)
    put(`centroids of the ${name}`, 'f32', ...centroids)
  }
  const matrix = (name: string, of: Dense | Coded): void => {
    if (of.kind === 'coded') put(`qnorm of the ${name} matrix`, 'i8', of.norms === null ? 0 : 1)
    put(`rows of the ${name} matrix`, 'i64', of.kind === 'dense' ? of.numbers.length : of.codes.length)
    put(`columns of the ${name} matrix`, 'i64', of.kind === 'dense' ? spec.dim : of.cols)
    if (of.kind === 'dense') return put(`numbers of the ${name} matrix`, 'f32', ...of.numbers.flat())
    put(`number of codes of the ${name} matrix`, 'i32', of.codes.flat().length)
    raw(`codes of the ${name} matrix`, Uint8Array.from(of.codes.flat()))
    quantiser(`${name} quantiser`, of.cols, of.width, of.centroids)
    if (of.norms === null) return
    raw(`norms of the ${name} matrix`, Uint8Array.from(of.norms.codes))
    quantiser(`${name} norm quantiser`, 1, 1, of.norms.centroids)
  }
  const entry = (name: string, { text, count = 1 }: Entry, type: number): void => {
    raw(name, new TextEncoder().encode(`${text}\0`))
    put(`count of ${name}`, 'i64', count)
    put(`type of ${name}`, 'i8', type)
  }

  put('magic', 'i32', spec.magic ?? 793712314)
  put('version', 'i32', spec.version ?? 12)
  put('dim', 'i32', spec.dim)
  put('ws, epoch, minCount and neg', 'i32', 5, 5, 1, 5)
  put('wordNgrams', 'i32', spec.wordNgrams)
  put('loss', 'i32', spec.loss)
  put('model', 'i32', spec.model ?? 3)
  put('bucket', 'i32', spec.bucket)
  put('minn', 'i32', spec.minn)
  put('maxn', 'i32', spec.maxn)
  put('lrUpdateRate', 'i32', 100)
  put('t', 'f64', 1e-4)
  put('entries', 'i32', spec.words.length + spec.labels.length)
  put('words', 'i32', spec.words.length)
  put('labels', 'i32', spec.labels.length)
  put('tokens', 'i64', 1000)
  put('pruned index', 'i64', spec.pruned?.length ?? -1)
  spec.words.forEach((word, i) => entry(`word ${i}`, word, 0))
  spec.labels.forEach((label, i) => entry(`label ${i}`, label, 1))
  spec.pruned?.forEach(([bucket, row], i) => {
    put(`bucket ${i} of the pruned index`, 'i32', bucket)
    put(`row ${i} of the pruned index`, 'i32', row)
  })
  put('quantised', 'i8', spec.input.kind === 'coded' ? 1 : 0)
  matrix('input', spec.input)
  put('qout', 'i8', spec.output.kind === 'coded' ? 1 : 0)
  matrix('output', spec.output)

  const bytes = new Uint8Array(at)
  fields.forEach((field, i) => bytes.set(parts[i] ?? [], field.at))
  return { bytes, fields }
}
