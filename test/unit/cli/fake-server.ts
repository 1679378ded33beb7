/** A server for the client's tests: answers from a function, remembers what it was asked. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: Record<string, string>
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  /** A string is sent as it is, anything else as JSON. `cut` closes the connection without an answer. */
  readonly body?: unknown
  readonly cut?: true
}

export async function fakeServer(answer: (asked: Asked, count: number) => Answer) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Uint8Array[] = []
      for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk)
      const url = new URL(request.url ?? '/', 'http://x')
      const { method = '', headers } = request
      const one = {
        method,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers,
        body: Buffer.concat(chunks),
      }
      asked.push(one)
      const { status = 200, headers: sent = {}, body, cut } = answer(one, asked.length)
      if (cut === true) {
        response.destroy()
        return
      }
      const type = typeof body === 'string' ? 'text/plain' : 'application/json'
      response.writeHead(status, { 'content-type': type, ...sent })
      response.end(typeof body === 'string' ? body : JSON.stringify(body ?? null))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
