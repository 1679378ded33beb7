/** The compiled kernels where there is a file system: the command line, the tests, the trainers. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { instantiateModule, Wasm, type Kernels } from './kernels.ts'

const module = new Wasm.Module(readFileSync(path.join(import.meta.dirname, 'kernels.wasm')))

export type { Kernels }
export const instantiate = (numBytes: number): Kernels => instantiateModule(module, numBytes)
