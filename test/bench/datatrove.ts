/** The peer pipeline, datatrove, on one crawl and one core: installed outside the repository, run in the same benchmark. */
import path from 'node:path'
import { CACHE } from './cache.ts'
import { runOn } from './processes.ts'
import { pythonWith } from './python-peer.ts'
import type { Figures } from './whole-way.ts'

const PACKAGES = ['datatrove[processing,io]==0.10.1', 'lxml_html_clean', 'spacy']

/** `data` is the folder of development data, in which its script and the texts of its small models lie. */
export async function benchDatatrove(core: number, file: string, data: string): Promise<Figures> {
  const python = pythonWith(path.join(CACHE, 'datatrove'), PACKAGES)
  const script = path.join(data, 'peers/datatrove_pipeline.py')
  const out = path.join(CACHE, 'datatrove-out')
  const { peak, output } = await runOn(core, [python, script, '--warc', file, '--data', data, '--out', out])
  const said = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Said
  return {
    name: 'datatrove 0.10.1',
    pages: said.pages,
    // The last filter that turns pages away; it has no figure when none comes so far.
    kept: Object.entries(said.forwarded).find(([name]) => name.includes('FineWeb'))?.[1] ?? 0,
    keptMb: null,
    pagesPerSecond: said.pages_s,
    mbPerSecond: said.mb_s,
    cpuMbPerSecond: said.html_mb / said.cpu_s,
    peakMb: peak.allMb.toFixed(0),
  }
}

interface Said {
  readonly pages: number
  readonly html_mb: number
  readonly cpu_s: number
  readonly pages_s: number
  readonly mb_s: number
  /** Documents that each filter let through, by its name. */
  readonly forwarded: Readonly<Record<string, number>>
}
