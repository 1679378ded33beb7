/** Every WARC record that we find in a file, with what was turned down, as `warc_records.py` prints them. */
import { createHash } from 'node:crypto'
import { fileSource } from '../../cli/file-source.ts'
import { parseHttpHead } from '../../functions/read/http-response.ts'
import { readSlice } from '../../functions/read/read-slice.ts'

export interface RecordLine {
  readonly offset: number
  readonly type: string
  readonly url: string | null
  readonly block: string
  readonly payload: string
}

export interface OurRecords {
  readonly records: RecordLine[]
  /** What failed, by the offset it is told with. */
  readonly failures: { readonly offset: number; readonly code: string; readonly detail: string }[]
}

const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

export async function ourRecords(file: string): Promise<OurRecords> {
  const records: RecordLine[] = []
  const failures: OurRecords['failures'] = []
  const events = readSlice(await fileSource(file), {
    maxPageBytes: 1 << 30,
    onRecord: ({ header, place, block }) => {
      const isHttp = header.type === 'response' && /^application\/http/i.test(header.contentType ?? '')
      const head = isHttp ? parseHttpHead(block) : null
      records.push({
        offset: place.offset,
        type: header.type,
        url: header.url === '' ? null : header.url,
        block: sha1(block),
        payload: sha1(block.subarray(head?.length ?? 0)),
      })
    },
  })
  for await (const event of events) {
    if (event.kind !== 'failed') continue
    const { code, detail } = event.failure
    failures.push({ offset: event.offset, code, detail })
  }
  return { records, failures }
}
