import { describe, expect, it } from 'vitest'
import { HelpRequest, nearest, readArguments, readInteger, UsageError } from '../../../cli/arguments.ts'

const grammar = {
  usage: 'Usage: millrace push FILES…',
  options: { to: { type: 'string' }, close: { type: 'boolean' } },
  positionals: { name: 'file', min: 1, max: 2 },
} as const

describe('readArguments', () => {
  it('reads options and positionals in any order', () => {
    const { values, positionals } = readArguments(['a.warc', '--to', 'http://x', '--close', 'b.warc'], grammar)
    expect(values).toEqual({ to: 'http://x', close: true })
    expect(positionals).toEqual(['a.warc', 'b.warc'])
  })

  it.each([
    ['an unknown option', ['a', '--form', 'x'], "Unknown option '--form'."],
    ['an option without its value', ['a', '--to'], "Option '--to <value>' argument missing"],
    ['nothing', [], 'No file was given.'],
    ['one too many', ['a', 'b', 'c'], '"c" is one file too many.'],
  ])('refuses %s in one sentence', (_, args, message) => {
    const read = () => readArguments(args, grammar)
    expect(read).toThrow(UsageError)
    expect(read).toThrow(message)
  })

  it.each([[['--help']], [['a', '-h']]])('%j asks for the usage', (args) => {
    expect(() => readArguments(args, grammar)).toThrow(HelpRequest)
  })
})

describe('readInteger', () => {
  it('takes whole numbers in the range', () => expect(readInteger('8787', '--port', { max: 65_535 })).toBe(8787))

  it.each(['', '-1', '1.5', '0', '65536', 'x', undefined])('refuses %j', (value) => {
    expect(() => readInteger(value, '--port', { max: 65_535 })).toThrow(
      /--port is ".*", expected a whole number from 1 to 65535/,
    )
  })
})

describe('nearest', () => {
  const names = ['process', 'extract', 'score', 'manifest', 'push', 'keys', 'models']
  it.each([
    ['pro', ['process']],
    ['kesy', ['keys']],
    ['manifset', ['manifest']],
    ['scroe', ['score']],
    ['zzzzzzzz', []],
  ])('%s -> %j', (word, expected) => expect(nearest(word, names)).toEqual(expected))
})
