/** The compiled kernels are what their source compiles to. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'

const ROOT = path.join(import.meta.dirname, '../../..')

test.each([
  ['kernels', 'functions/kernel/kernels.wasm'],
  ['kernels:training', 'models/training/kernel/learn.wasm'],
] as const)(
  'npm run %s gives %s',
  (script, file) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-kernels-'))
    try {
      const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
        scripts: Record<typeof script, string>
      }
      const compiled = path.join(folder, 'kernels.wasm')
      const [, ...args] = scripts[script].replace(file, compiled).split(' ')
      const asc = path.join(ROOT, 'node_modules/assemblyscript/bin/asc.js')
      execFileSync(process.execPath, [asc, ...args], { cwd: ROOT })
      expect(readFileSync(compiled).equals(readFileSync(path.join(ROOT, file)))).toBe(true)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  60_000,
)
