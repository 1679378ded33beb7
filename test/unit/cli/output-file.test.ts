/** Commands never put a regular file where something else was: pipes and folders here, devices by the same rule. */
import { execFileSync } from 'node:child_process'
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UsageError } from '../../../cli/arguments.ts'
import { checkScratch, outputFile, outputFolder } from '../../../cli/output-file.ts'
import { runCommand } from '../../support/command.ts'
import type { Ran } from '../../support/command.ts'

const CORPUS = path.join(import.meta.dirname, '../../fixtures/ngram/corpus.txt')
const ARPA =
  '\\data\\\nngram 1=3\nngram 2=1\n\n\\1-grams:\n-1 <s> -0.5\n-1 </s>\n-1 a -0.2\n\n\\2-grams:\n-0.5 <s> a\n\n\\end\\\n'

let folder = ''
const at = (...names: string[]): string => path.join(folder, ...names)
const pipe = (name: string): void => void execFileSync('mkfifo', [at(name)])

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-place-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the place of a file', () => {
  it('is free, or a regular file', () => {
    writeFileSync(at('old'), 'old')
    expect(outputFile(at('new'))).toBe(at('new'))
    expect(outputFile(at('old'))).toBe(at('old'))
  })

  it('behind a link is what the link leads to', () => {
    writeFileSync(at('model'), 'old')
    symlinkSync('model', at('link'))
    expect(outputFile(at('link'))).toBe(at('model'))
  })

  it.each<[string, () => string, RegExp]>([
    ['a directory', () => folder, /is a directory, expected a new file or a regular one: nothing was written/],
    ['a pipe', () => (pipe('pipe'), at('pipe')), /pipe is a named pipe, expected a new file/],
    ['a link to a pipe', () => (pipe('pipe'), symlinkSync('pipe', at('l')), at('l')), /l is a named pipe/],
    ['a link to nothing', () => (symlinkSync('none', at('l')), at('l')), /a link to a file that is not there/],
    ['a link to itself', () => (symlinkSync('l', at('l')), at('l')), /a link that leads to itself/],
    ['no folder', () => at('none', 'x'), /There is no directory .*none to write x to/],
    ['a file for a folder', () => (writeFileSync(at('f'), ''), at('f', 'x')), /f is no directory/],
    ['a device', () => os.devNull, /is a device, expected a new file/],
  ])('is refused: %s', (_, make, message) => {
    const file = make()
    expect(() => outputFile(file)).toThrow(UsageError)
    expect(() => outputFile(file)).toThrow(message)
  })
})

describe('the place of a folder', () => {
  it('is free, or a directory with files or folders of these names', () => {
    writeFileSync(at('a'), '')
    mkdirSync(at('b'))
    expect(() => outputFolder(folder, ['a', 'b', 'c'])).not.toThrow()
    expect(() => outputFolder(at('none'))).not.toThrow()
  })

  it('is refused where it is something else, or holds it', () => {
    writeFileSync(at('a'), '')
    pipe('pipe')
    expect(() => outputFolder(at('a'))).toThrow(/a is a regular file, expected a new or an existing directory/)
    expect(() => outputFolder(at('pipe'))).toThrow(/pipe is a named pipe, expected a new or/)
    expect(() => outputFolder(folder, ['a', 'pipe'])).toThrow(/pipe is a named pipe, expected a regular file/)
  })
})

describe('the folder for what lies on the disk meanwhile', () => {
  it('is there', () => expect(checkScratch(folder)).toBe(folder))

  it.each<[string, () => string, RegExp]>([
    ['nothing', () => at('none'), /--folder is .*none, and there is no such directory, expected one that is there/],
    ['a file', () => (writeFileSync(at('f'), ''), at('f')), /--folder is .*f, a regular file, expected a directory/],
    ['a place in a file', () => (writeFileSync(at('f'), ''), at('f', 'g')), /there is no such directory/],
  ])('is refused: %s', (_, make, message) => {
    const place = make()
    expect(() => checkScratch(place)).toThrow(UsageError)
    expect(() => checkScratch(place)).toThrow(message)
  })
})

describe('commands leave what is no regular file as it is', () => {
  const run = (...args: string[]): Ran => runCommand(args, { cwd: folder })

  it.each<[string, string[]]>([
    ['models train-ngram', ['models', 'train-ngram', CORPUS, '--discount-fallback', '-o', 'pipe']],
    ['models import-arpa', ['models', 'import-arpa', 'a.arpa', '-o', 'pipe']],
    ['process', ['process', 'a.arpa', '-o', 'pipe']],
    ['manifest plan', ['manifest', 'plan', '--index', 'a.arpa', '-o', 'pipe']],
  ])('%s', (_, args) => {
    writeFileSync(at('a.arpa'), ARPA)
    pipe('pipe')
    const { status, stderr } = run(...args)
    expect(stderr).toContain('pipe is a named pipe, expected a new')
    expect(status).toBe(2)
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true)
    expect(readdirSync(folder).sort()).toEqual(['a.arpa', 'pipe'])
  })

  it('and write through a link to a regular file', () => {
    writeFileSync(at('model.bin'), 'old')
    symlinkSync('model.bin', at('link'))
    expect(run('models', 'train-ngram', CORPUS, '--discount-fallback', '-o', 'link').status).toBe(0)
    expect(lstatSync(at('link')).isSymbolicLink()).toBe(true)
    expect(readFileSync(at('model.bin')).subarray(0, 4).toString()).toBe('MRNG')
  })
})

describe('an output that is an input', () => {
  it.each(['corpus.txt', 'link', 'twin', './corpus.txt'])('is refused by whatever name: %s', (name) => {
    writeFileSync(at('corpus.txt'), 'text')
    symlinkSync(at('corpus.txt'), at('link'))
    linkSync(at('corpus.txt'), at('twin'))
    expect(() => outputFile(at(name), [at('other.txt'), at('corpus.txt')])).toThrow(/is one of the inputs/)
    expect(outputFile(at('new'), [at('corpus.txt')])).toBe(at('new'))
  })
})
