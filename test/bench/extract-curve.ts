/** Time against size on pages made to hurt: what grows linearly doubles with each column. */
import { extract } from '../../functions/extract/extract.ts'
import { HOSTILE_PAGES } from '../support/hostile-pages.ts'

const UNITS = [25_000, 50_000, 100_000] as const

export function printCurve(): void {
  console.log(
    `\npages made to hurt, milliseconds for ${UNITS.map((units) => units.toLocaleString('en')).join(', ')} repetitions`,
  )
  for (const [name, make] of HOSTILE_PAGES) {
    const times = UNITS.map((units) => {
      const html = new TextEncoder().encode(make(units))
      const before = process.cpuUsage()
      extract(html, { url: '' })
      const { user, system } = process.cpuUsage(before)
      return ((user + system) / 1000).toFixed(0)
    })
    console.log([name, ...times].join('\t'))
  }
  console.log(`most memory that the process ever held: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`)
}
