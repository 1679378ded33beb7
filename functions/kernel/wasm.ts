/** What of the engine's WebAssembly is used here: neither runtime's types declare it. */

/** A compiled module. A Worker gets it by import and may not compile; Node reads a file and compiles it. */
export type WasmModule = object

interface Engine {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule
  readonly Instance: new (module: WasmModule) => { readonly exports: Readonly<Record<string, unknown>> }
}

const engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly

export const compileWasm = (bytes: Uint8Array): WasmModule => new engine.Module(new Uint8Array(bytes))

/** Exports of a fresh instance of a module that imports nothing. */
export const runWasm = (module: WasmModule): Readonly<Record<string, unknown>> => new engine.Instance(module).exports
