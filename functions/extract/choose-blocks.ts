/** Which blocks are main text. */
import { C } from './block-table.ts'
import { countOf } from './compose-text.ts'
import type { Scan } from './scan.ts'

export function chooseBlocks(scan: Scan): Uint8Array {
  const { blocks } = scan
  const isKept = new Uint8Array(blocks.count)
  for (let block = 0; block < blocks.count; block++) {
    const bytes = (blocks.ends[block] as number) - (blocks.starts[block] as number)
    const linkShare = countOf(scan, block, C.linkBytes) / bytes
    isKept[block] = bytes > 80 && linkShare < 0.4 ? 1 : 0
  }
  return isKept
}
