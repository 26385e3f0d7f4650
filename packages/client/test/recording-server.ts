import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from '@jest/globals'

export interface RecordedRequest {
  readonly method: string
  /** Path and query, byte for byte. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface RecordingServer {
  readonly url: string
  readonly requests: readonly RecordedRequest[]
}

const closings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closings.splice(0)) await close()
})

/**
 * A service that answers as the test says, and keeps what it was asked; closed after the test.
 * @param answer is given the number of requests until now, this one included
 */
export async function startServer(answer: (response: ServerResponse, count: number) => void): Promise<RecordingServer> {
  const requests: RecordedRequest[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const body = Buffer.concat(await request.toArray()).toString('utf8')
    requests.push({ method, url, headers, body })
    answer(response, requests.length)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closings.push(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  // It listens: its address is no pipe's.
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, requests }
}

export function sendJson(
  response: ServerResponse,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

export interface SentProblem {
  readonly status: number
  readonly code: string
  readonly headers?: Readonly<Record<string, string>>
  readonly [member: string]: unknown
}

/** As the gateway has them, marker included. */
export function sendProblem(response: ServerResponse, { headers, ...members }: SentProblem): void {
  const problem = { detail: 'It does not go.', instance: 'r1', ...members }
  const type = { 'content-type': 'application/problem+json', 'lp-answered-by': 'gateway' }
  response.writeHead(members.status, { ...type, ...headers }).end(JSON.stringify(problem))
}
