/** What functions/kernel/wasm compiles to. */

export interface Kernels {
  readonly memory: WasmMemory
  /** See functions/kernel/wasm/trees.ts. */
  readonly addTrees: (
    numTrees: number,
    questions: number,
    leaves: number,
    columns: number,
    count: number,
    out: number,
  ) => void
  /** See functions/kernel/wasm/scan-page.ts. */
  readonly scanPage: (htmlBytes: number) => number
  /** See functions/kernel/wasm/minima.ts. */
  readonly lowerMinima: (
    hashes: number,
    count: number,
    numPermutations: number,
    factors: number,
    summands: number,
    minima: number,
  ) => void
  /** See functions/kernel/wasm/ngrams.ts. */
  readonly scoreNgrams: (
    sections: number,
    tokens: number,
    lineStart: number,
    from: number,
    size: number,
    order: number,
    work: number,
    stride: number,
    centroids: number,
    unknown: number,
    before: number,
  ) => number
  /** See functions/kernel/wasm/tokens.ts. */
  readonly readTokens: (
    table: number,
    units: number,
    size: number,
    isLast: number,
    hashes: number,
    kinds: number,
    stems: number,
    state: number,
  ) => number
  /** See functions/kernel/wasm/tokens.ts. */
  readonly spreadLines: (
    hashes: number,
    kinds: number,
    count: number,
    isAtStart: number,
    lineStart: number,
    lines: number,
  ) => number
  /** See functions/kernel/wasm/runs.ts. */
  readonly addRuns: (
    hashes: number,
    kinds: number,
    count: number,
    seed: number,
    longestRun: number,
    features: number,
  ) => number
  /** See functions/kernel/wasm/runs.ts. */
  readonly addFirst: (
    hashes: number,
    kinds: number,
    count: number,
    seed: number,
    most: number,
    features: number,
  ) => number
  /** See functions/kernel/wasm/runs.ts. */
  readonly addStems: (stems: number, count: number, seed: number, features: number) => number
  /** See functions/kernel/wasm/topics.ts. */
  readonly sumTopics: (
    sets: number,
    setBits: number,
    features: number,
    count: number,
    isOnce: number,
    sums: number,
  ) => number
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

/** The part of the WebAssembly API that is used: the types of Workers and of Node each know another part. */
export const Wasm = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly

interface WasmApi {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Memory: new (size: { readonly initial: number }) => WasmMemory
  readonly Instance: new (module: object, imports: object) => { readonly exports: object }
}

const PAGE_BYTES = 65_536

/** An instance with a memory of its own, of so many bytes or up to a page more. */
export function instantiateModule(module: object, numBytes: number): Kernels {
  const memory = new Wasm.Memory({ initial: Math.ceil(numBytes / PAGE_BYTES) })
  const { exports } = new Wasm.Instance(module, { env: { memory } })
  return { ...(exports as Omit<Kernels, 'memory'>), memory }
}
