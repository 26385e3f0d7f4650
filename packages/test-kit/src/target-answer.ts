import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { type PresentedCertificate, presentedCertificate } from './presented-certificate.ts'

const CHUNK = Buffer.alloc(64 * 1024, 'x')

/** What the target answers as JSON: the request as it arrived. */
export interface EchoedRequest {
  readonly method: string
  /** Path and query, byte for byte. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
  /** Name, value, name, value, ... in the order and case in which they arrived. */
  readonly rawHeaders: readonly string[]
  /** Decoded as UTF-8. */
  readonly body: string
  readonly clientCertificate: PresentedCertificate | null
  readonly tls: { readonly protocol: string | null; readonly cipher: string }
}

/**
 * Answers by path: `/echo` streams the body back, `/sink` counts its bytes, `/bytes?n=1000` sends that many,
 * `/status/503` has that status, `/slow?ms=500` waits first. Any other path (and the last two) answers an
 * `EchoedRequest`.
 */
export async function answerRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Not by WHATWG URL, which refuses or rewrites paths that a client may well send.
  const [pathname = '/', query] = (request.url ?? '/').split('?', 2)
  const searchParams = new URLSearchParams(query)
  if (pathname === '/echo') return streamBack(request, response)
  if (pathname === '/sink') return sendJson(response, 200, { bytes: await countBytes(request) })
  if (pathname === '/bytes') return sendBytes(response, Number(searchParams.get('n')))
  if (pathname === '/slow') await pause(Number(searchParams.get('ms')), response)
  const status = /^\/status\/([2-5]\d\d)$/.exec(pathname)?.[1]
  sendJson(response, Number(status ?? 200), await echoed(request))
}

/** Rejects when nobody waits for the answer any more, so that a closed target leaves no timer behind. */
async function pause(ms: number, response: ServerResponse): Promise<void> {
  const abandoned = new AbortController()
  response.once('close', () => abandoned.abort())
  await setTimeout(ms, undefined, { signal: abandoned.signal })
}

async function streamBack(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'application/octet-stream' })
  await pipeline(request, response)
}

async function countBytes(request: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const chunk of request) bytes += chunk.length
  return bytes
}

async function sendBytes(response: ServerResponse, count: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': count })
  await pipeline(Readable.from(chunksOf(count)), response)
}

function* chunksOf(count: number): Generator<Buffer> {
  for (let left = count; left > 0; left -= CHUNK.length) yield left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK
}

async function echoed(request: IncomingMessage): Promise<EchoedRequest> {
  const socket = request.socket as TLSSocket
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: Buffer.concat(await request.toArray()).toString('utf8'),
    clientCertificate: presentedCertificate(socket),
    tls: { protocol: socket.getProtocol(), cipher: socket.getCipher().name },
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  if (status === 204 || status === 304) {
    response.writeHead(status).end()
    return
  }
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}
