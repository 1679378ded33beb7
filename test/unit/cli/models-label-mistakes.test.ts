/** `millrace models label` and its user's mistakes: told before anything is sent or written. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../cli/arguments.ts'
import { readLabelArguments } from '../../../cli/label-options.ts'
import { CLI } from '../../support/command.ts'
import { at, inOwnFolder, run, writeTexts } from '../../support/label-runs.ts'

inOwnFolder()

describe('a mistake', () => {
  const endpoint = ['--endpoint', 'http://127.0.0.1:9/v1', '--model', 'm']
  it.each<[string, string[], RegExp]>([
    ['no output', ['in.ndjson', ...endpoint], /-o LABELS is missing/],
    ['no endpoint', ['in.ndjson', '-o', 'l'], /--endpoint URL is missing/],
    ['no model', ['in.ndjson', '-o', 'l', '--endpoint', 'http://a'], /--model NAME is missing/],
    [
      'no address',
      ['in.ndjson', '-o', 'l', '--endpoint', 'localhost:80', '--model', 'm'],
      /"localhost:80", expected an address/,
    ],
    [
      'a password in it',
      ['in.ndjson', '-o', 'l', '--endpoint', 'http://u:hush@a', '--model', 'm'],
      /name or password in it/,
    ],
    ['a key for a name', ['in.ndjson', '-o', 'l', ...endpoint, '--key-env', 'sk-hush'], /is not set, or is empty/],
    [
      'a cap without prices',
      ['in.ndjson', '-o', 'l', ...endpoint, '--max-cost', '1'],
      /needs --price-in and --price-out/,
    ],
    [
      'a header without a key',
      ['in.ndjson', '-o', 'l', ...endpoint, '--key-header', 'api-key'],
      /--key-env VAR is missing/,
    ],
    [
      'a header that is none',
      ['in.ndjson', '-o', 'l', ...endpoint, '--key-env', 'KEY', '--key-header', 'api key'],
      /--key-header is "api key"/,
    ],
    ['one price', ['in.ndjson', '-o', 'l', ...endpoint, '--price-in', '1'], /belong together/],
    ['a share above all', ['in.ndjson', '-o', 'l', ...endpoint, '--again-share', '2'], /expected a number from 0 to 1/],
    [
      'another drawing',
      ['in.ndjson', '-o', 'l', ...endpoint, '--drawn', 'lots'],
      /expected random, thin, unsure, rest/,
    ],
    [
      'extra that streams',
      ['in.ndjson', '-o', 'l', ...endpoint, '--extra', '{"stream": true}'],
      /--extra has "stream"/,
    ],
  ])('in the options is told first: %s', (_, args, message) => {
    const reading = (): unknown => readLabelArguments(args, { KEY: 'hush' })
    expect(reading).toThrow(UsageError)
    expect(reading).toThrow(message)
    expect(reading).not.toThrow(/hush/)
  })

  it.each<[string, string[], RegExp]>([
    [
      'the input as output',
      ['in.ndjson', '-o', './in.ndjson', ...endpoint],
      /in\.ndjson would be written and is in\.ndjson too/,
    ],
    [
      'no labels in the output',
      ['in.ndjson', '-o', 'other.ndjson', ...endpoint],
      /other\.ndjson: line 1: it is no label/,
    ],
    ['a file of another kind', ['in.ndjson', '-o', 'notes.txt', ...endpoint], /notes\.txt: line 1: it is not JSON/],
    ['a missing file', ['none.ndjson', '-o', 'l', ...endpoint], /There is no file none\.ndjson/],
    ['a bad line far down', ['bad.ndjson', '-o', 'l', ...endpoint], /bad\.ndjson: line 3: "text" is missing/],
    ['a title of another type', ['title.ndjson', '-o', 'l', ...endpoint], /title\.ndjson: line 1: "title" is an array/],
    ['a cut gzip file', ['cut.gz', '-o', 'l', ...endpoint], /cut\.gz: .*the gzip file is damaged or cut/],
    ['a device for output', ['in.ndjson', '-o', '/dev/full', ...endpoint], /\/dev\/full is no regular file/],
  ])('is told before anything is sent or written: %s', async (_, args, message) => {
    writeTexts('in.ndjson', 3)
    writeFileSync(at('bad.ndjson'), '{"text": "a"}\n\n{"txt": "b"}\n')
    writeFileSync(at('title.ndjson'), '{"text": "a", "title": ["b"]}\n')
    writeFileSync(at('other.ndjson'), '{"text": "a"}\n')
    writeFileSync(at('notes.txt'), 'Buy milk')
    writeFileSync(at('cut.gz'), gzipSync('{"text": "a"}\n'.repeat(99)).subarray(0, 30))
    const { status, stderr } = await run(args)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('hush')
    expect(status).toBe(2)
    expect(existsSync(at('l'))).toBe(false)
    expect(readFileSync(at('notes.txt'), 'utf8')).toBe('Buy milk')
  })

  it('is less likely with --help', async () => {
    const { status, stdout } = await run(['--help'])
    expect(status).toBe(0)
    const options =
      /options: \{([^]*?)\n {4}\},/.exec(readFileSync(path.join(path.dirname(CLI), 'label-options.ts'), 'utf8'))?.[1] ??
      ''
    const names = [...options.matchAll(/^ {6}'?([a-z-]+)'?: \{/gm)].map(([, name]) => name)
    expect(names.length).toBe(19)
    for (const name of names) expect(stdout).toContain(`--${name} `)
  })
})
