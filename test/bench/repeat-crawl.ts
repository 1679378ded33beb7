/**
 * A crawl long enough that start-up and warm-up do not decide a figure: the same records again and again, each time under
 * URLs of their own, as record-at-a-time gzip in files of about `FILE_BYTES`.
 */
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { decodedMembers } from '../support/gzip-members.ts'
import { CACHE } from './cache.ts'

const FILE_BYTES = 64 << 20
const URI = 'WARC-Target-URI: '

export interface RepeatedCrawl {
  readonly files: readonly string[]
  readonly copies: number
}

/** Copies of a multi-member .warc.gz that make `minBytes` of decoded records; made once and kept in the cache. */
export async function repeatCrawl(file: string, minBytes: number): Promise<RepeatedCrawl> {
  const members = decodedMembers(await readFile(file))
  const copies = Math.ceil(minBytes / members.reduce((sum, { length }) => sum + length, 0))
  const name = path.basename(file, '.warc.gz')
  const { size, mtimeMs } = await stat(file)
  const folder = path.join(CACHE, 'crawls', [name, size, Math.trunc(mtimeMs), copies].join('-'))
  if (!existsSync(folder)) {
    const making = `${folder}.making`
    await rm(making, { recursive: true, force: true })
    await mkdir(making, { recursive: true })
    await writeCopies(members, copies, path.join(making, name))
    await rename(making, folder)
  }
  const files = (await readdir(folder)).sort().map((part) => path.join(folder, part))
  return { files, copies }
}

async function writeCopies(members: readonly Uint8Array[], copies: number, stem: string): Promise<void> {
  let out: Awaited<ReturnType<typeof open>> | null = null
  let written = 0
  let files = 0
  for (let copy = 0; copy < copies; copy++) {
    for (const member of members) {
      out ??= await open(`${stem}-${String(files++).padStart(3, '0')}.warc.gz`, 'wx')
      const bytes = gzipSync(underItsOwnUrl(member, copy))
      await out.writeFile(bytes)
      written += bytes.length
      if (written < FILE_BYTES) continue
      await out.close()
      out = null
      written = 0
    }
  }
  await out?.close()
}

/** Only the record's own header is changed; its length is that of the block after it. */
function underItsOwnUrl(member: Uint8Array, copy: number): Uint8Array {
  const head = Buffer.from(member.buffer, member.byteOffset, Math.min(member.length, 1 << 13)).toString('latin1')
  const at = head.indexOf(URI)
  const end = head.indexOf('\r\n', at)
  if (at < 0 || end < 0) return member
  const mark = `${head.slice(at, end).includes('?') ? '&' : '?'}copy=${copy}`
  return Buffer.concat([member.subarray(0, end), Buffer.from(mark), member.subarray(end)])
}
