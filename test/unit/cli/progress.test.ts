import { describe, expect, it } from 'vitest'
import { showProgress } from '../../../cli/progress.ts'

const terminal = (isTTY: boolean) => {
  const written: string[] = []
  return { isTTY, written, write: (text: string) => written.push(text) }
}

describe('showProgress', () => {
  it('redraws one line on a terminal, and not more often than the eye sees', () => {
    const stream = terminal(true)
    let ms = 0
    const progress = showProgress('Sending', { total: 4e6, unit: 'bytes', stream, now: () => ms })
    for (ms = 1000; ms <= 1066; ms += 33) progress.add(1e6 / 3)
    ms = 2000
    progress.add(1e6)
    progress.done()
    expect(stream.written.map((text) => text.replace('\r\u001B[K', ''))).toEqual([
      'Sending: 0.3 MB of 4.0 MB (8 %), 0.3 MB/s',
      'Sending: 2.0 MB of 4.0 MB (50 %), 1.0 MB/s',
      'Sending: 2.0 MB of 4.0 MB (50 %), 1.0 MB/s',
      '\n',
    ])
  })

  it('writes nothing elsewhere about short work, and whole lines about long work', () => {
    const stream = terminal(false)
    let ms = 0
    const progress = showProgress('Reading', { unit: 'pages', stream, now: () => ms })
    for (ms = 0; ms < 60_000; ms += 1000) progress.add(1500)
    progress.done()
    expect(stream.written).toEqual(['Reading: 16,500 pages, 1,650 pages/s\n', 'Reading: 61,500 pages, 1,538 pages/s\n'])
  })

  it('tells slow work of a known length, and what else there is to tell', () => {
    const stream = terminal(false)
    let ms = 0
    const progress = showProgress('label', {
      total: 1200,
      unit: 'texts',
      stream,
      now: () => ms,
      note: () => '; 9 tokens',
    })
    for (ms = 0; ms <= 12_000; ms += 1500) progress.add(1)
    expect(stream.written).toEqual(['label: 8 of 1,200 texts (0 %), 0.8 texts/s; 9 tokens\n'])
  })
})
