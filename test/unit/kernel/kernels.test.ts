/** The compiled kernels are what their source compiles to. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'

const ROOT = path.join(import.meta.dirname, '../../..')

test('functions/kernel/kernels.wasm is compiled from functions/kernel/wasm', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-kernels-'))
  try {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: { kernels: string }
    }
    const compiled = path.join(folder, 'kernels.wasm')
    const [, ...args] = scripts.kernels.replace('functions/kernel/kernels.wasm', compiled).split(' ')
    const asc = path.join(ROOT, 'node_modules/assemblyscript/bin/asc.js')
    execFileSync(process.execPath, [asc, ...args], { cwd: ROOT })
    expect(readFileSync(compiled).equals(readFileSync(path.join(ROOT, 'functions/kernel/kernels.wasm')))).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 60_000)
