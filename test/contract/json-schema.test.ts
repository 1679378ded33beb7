import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { jsonSchemas } from '../../schema/generate.ts'

const folder = path.join(import.meta.dirname, '../../schema/json')

describe('schema/json', () => {
  it.each([...jsonSchemas()])('%s is what the zod contract says (npx node schema/generate.ts)', (name, text) => {
    expect(readFileSync(path.join(folder, name), 'utf8')).toBe(text)
  })

  it('holds no other file', () => {
    expect(readdirSync(folder).sort()).toEqual([...jsonSchemas().keys()].sort())
  })
})
