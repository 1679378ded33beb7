/** Parquet files as objects of a batch: R2 ranges, the decoders that workerd has, slices by row group. */
import { parquetWriteBuffer } from 'hyparquet-writer'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readAll } from '../unit/read/warc-fixture.ts'
import { call, keyWith } from './client.ts'
import { articles, urlOf } from './pages.ts'
import { drain, newWorld, snapshot } from './world.ts'

const documents = articles(6)
const file = (): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'address', data: documents.map(urlOf), type: 'STRING' },
        {
          name: 'body',
          data: documents.map(({ blocks }) =>
            blocks.flatMap((block) => (block.kind === 'list' ? block.items : [block.text])).join('\n'),
          ),
          type: 'STRING',
        },
      ],
      rowGroupSize: 2,
    }),
  )

describe('a Parquet object', () => {
  it.each(['1', '67108864'])('in slices of %s bytes', async (sliceBytes) => {
    const world = await newWorld({ SLICE_BYTES: sliceBytes })
    const key = await keyWith('ingest', 'read')
    const opened = await call(world, '/v1/batches', {
      method: 'POST',
      key,
      body: JSON.stringify({ source: 'book', lang: 'en', textColumn: 'body', urlColumn: 'address' }),
      headers: { 'content-type': 'application/json' },
    })
    expect(opened).toMatchObject({ status: 201, body: { columns: { textColumn: 'body', urlColumn: 'address' } } })
    const batch = String(opened.body['batch'])
    const bytes = file()
    const headers = { 'content-length': String(bytes.length) }
    const put = await call(world, `/v1/objects/books.parquet?batch=${batch}`, {
      method: 'PUT',
      key,
      body: bytes,
      headers,
    })
    expect(put.status).toBe(201)
    await call(world, `/v1/batches/${batch}/close`, { method: 'POST', key })
    expect(await drain(world)).toBe(true)
    const { body } = await call(world, `/v1/batches/${batch}`, { key })
    expect(body).toMatchObject({
      state: 'sealed',
      source: 'book',
      parked: [],
      funnel: { pages: 6, candidates: 6, failed: {} },
    })
    expect((await snapshot()).rows['slices']).toHaveLength(sliceBytes === '1' ? 4 : 1)
  })

  it('without such a column is one failure that names those there are', async () => {
    const world = await newWorld()
    const key = await keyWith('ingest', 'read')
    const bytes = file()
    const headers = { 'content-length': String(bytes.length) }
    const { body } = await call(world, '/v1/objects/a.parquet?source=book&textColumn=words', {
      method: 'PUT',
      key,
      body: bytes,
      headers,
    })
    // Other columns, other batch.
    const other = await call(world, '/v1/objects/b.parquet?source=book', { method: 'PUT', key, body: bytes, headers })
    expect(other.body['batch']).not.toBe(body['batch'])
    await call(world, `/v1/batches/${String(body['batch'])}/close`, { method: 'POST', key })
    await drain(world)
    const { objects } = await env.CORPUS.list({ prefix: `batches/${String(body['batch'])}/chunks/` })
    const text = await (await env.CORPUS.get(objects[0]?.key ?? ''))?.text()
    expect(JSON.parse(text ?? '')).toMatchObject({
      failed: 'unreadable-encoding',
      detail: 'the Parquet file has no column words; it has address, body',
    })
  })

  it.each(['snappy', 'gzip', 'brotli', 'zstd'])('of pyarrow in %s', async (codec) => {
    const bytes = new Uint8Array(Buffer.from(env.TEST_PARQUET[`${codec}.parquet`] ?? '', 'base64'))
    const events = await readAll(bytes)
    expect(events.length).toBe(41)
    for (const [i, event] of events.slice(0, -1).entries()) {
      expect(event).toMatchObject({ kind: 'page', page: { url: `https://books.example/${i}`, index: i % 15 } })
      expect(event.kind === 'page' && Buffer.from(event.page.body).toString()).toMatch(
        new RegExp(`^Document ${i}\\. .*中文$`),
      )
    }
  })

  it('of a page too large to hold', async () => {
    const data = Array.from({ length: 60 }, (_, i) => `Book ${i} ${String(i * 7919).repeat(60_000)}`)
    for (const codec of ['SNAPPY', 'UNCOMPRESSED'] as const) {
      const columnData = [{ name: 'text', data, type: 'STRING' as const }]
      const events = await readAll(new Uint8Array(parquetWriteBuffer({ columnData, codec, pageSize: 1 << 28 })))
      const read = events.map((event) => (event.kind === 'page' ? Buffer.from(event.page.body).toString() : event.kind))
      expect(read.every((text, i) => text === (data[i] ?? 'end'))).toBe(true)
      expect(read.length).toBe(61)
    }
  })
})
