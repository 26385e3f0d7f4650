import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { text } from 'node:stream/consumers'

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type Answer = (response: ServerResponse, request: SeenRequest) => void

export interface StandIn {
  /** `http://127.0.0.1:port`, or `https://localhost:port`. */
  readonly address: string
  readonly requests: SeenRequest[]
  /** How many there were so far. */
  readonly connections: number
  /** From now on. */
  answerWith(answer: Answer): void
  stop(): Promise<void>
}

/**
 * Not Vault, but a small server in its place, for what a real one never answers, or can't be made to answer here.
 * Look-ups of the token succeed: it never expires.
 */
export async function startStandIn(tls?: { readonly key: string; readonly cert: string }): Promise<StandIn> {
  const requests: SeenRequest[] = []
  let connections = 0
  let answer: Answer = (response) => json(response, 404, { errors: [] })
  const server: Server = tls === undefined ? createHttpServer() : createHttpsServer(tls)
  server.on(tls === undefined ? 'connection' : 'secureConnection', () => {
    connections++
  })
  server.on('request', async (request, response) => {
    const { method = '', url = '', headers } = request
    const seen = { method, path: url, headers, body: await text(request) }
    requests.push(seen)
    if (url === '/v1/auth/token/lookup-self') json(response, 200, { data: { ttl: 0, renewable: false } })
    else answer(response, seen)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    address: tls === undefined ? `http://127.0.0.1:${address.port}` : `https://localhost:${address.port}`,
    requests,
    get connections() {
      return connections
    },
    answerWith: (given) => {
      answer = given
    },
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** What a KV version 2 engine answers to a read. */
export function secretAnswer(value: unknown): object {
  return { data: { data: value, metadata: { version: 1 } } }
}
