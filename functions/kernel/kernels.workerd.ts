/** The compiled kernels in a Worker, where modules come with the bundle and nothing else is compiled. */
import { instantiateModule, type Kernels } from './kernels.ts'
import module from './kernels.wasm'

export type { Kernels }
export const instantiate = (numBytes: number): Kernels => instantiateModule(module, numBytes)
