/**
 * Extraction inside workerd: `GET /KEY` reads a crawl from R2, page by page, and answers with pages, bytes of decoded HTML and the
 * milliseconds from bytes to text and metadata. Locally the clock runs on during a request, which it does not on the platform.
 */
import { extract } from '../../../functions/extract/extract.ts'
import { r2Source } from '../../../functions/platform/r2-source.ts'
import { decodeHtml } from '../../../functions/read/charset.ts'
import { readSlice } from '../../../functions/read/read-slice.ts'

export default {
  async fetch(request: Request, { OBJECTS }: { OBJECTS: R2Bucket }): Promise<Response> {
    const key = new URL(request.url).pathname.slice(1)
    if (key === 'health') return new Response()
    const object = await OBJECTS.head(key)
    if (object === null) return new Response(`no object ${key}`, { status: 404 })
    let [pages, bytes, milliseconds] = [0, 0, 0]
    for await (const event of readSlice(r2Source(OBJECTS, object))) {
      if (event.kind !== 'page') continue
      const { body, charset, url } = event.page
      const begun = performance.now()
      const decoded = decodeHtml(body, charset)
      if (decoded.kept) extract(decoded.value.bytes, { url })
      milliseconds += performance.now() - begun
      pages++
      bytes += body.length
    }
    return Response.json({ pages, bytes, milliseconds })
  },
}
