import type { IncomingMessage, ServerResponse } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'

/** Fields that are allowed only once, in lower case: Node keeps the first, and a proxy in front may keep the second. */
export const singleFields: ReadonlySet<string> = new Set([
  'authorization',
  'content-length',
  'content-type',
  'host',
  'proxy-authorization',
])

/**
 * RFC 9112 section 3.2.2 has a server take a whole url, whose host then counts instead of Host. A proxy in front may go
 * by the other, and a signature covers one of them. Clients send whole urls to what they take for a proxy alone.
 */
const noPath =
  'The request line must have a path, not a whole url: this server is no HTTP proxy. Remove it from the proxy settings of your client.'
const continueOnly = /^100-continue$/i

/**
 * Refuses a request that another server on the way could read differently. Whoever answers requests calls it first.
 * @throws CodedError `MALFORMED_REQUEST`, `DUPLICATE_HEADER`
 */
export function checkHead(request: IncomingMessage): void {
  checkFraming(request)
  const { rawHeaders } = request
  const seen = new Set<string>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    const key = name.toLowerCase()
    if (seen.has(key)) throw duplicateHeader(name)
    if (singleFields.has(key)) seen.add(key)
  }
}

/**
 * The part of `checkHead` that needs no look at each field, for whoever reads them anyway. Refuses what RFC 9112
 * sections 3.2, 6.1 and 11.2 warn of, and unsupported expectations. The parser has already refused two lengths,
 * folded lines and a bare CR.
 * @param isProxied the request line may have a whole url, which the caller of this then holds against Host
 * @throws CodedError `MALFORMED_REQUEST`
 */
export function checkFraming({ url = '', headers, httpVersion }: IncomingMessage, isProxied = false): void {
  // Node's parser also accepts HTTP/2.0 and HTTP/0.9. It reports RTSP/1.0 as HTTP/1.0, whose framing is the same.
  if (httpVersion !== '1.1' && httpVersion !== '1.0') throw malformed('The request must use HTTP/1.1 or HTTP/1.0.')
  if (url[0] !== '/' && !isProxied) throw malformed(noPath)
  if (url.includes('#')) throw malformed('The request line must have no fragment.')
  if (headers.host === undefined && httpVersion !== '1.0') {
    throw malformed('The request has no Host header. Send one, with the host name of this server.')
  }
  const coding = headers['transfer-encoding']
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw malformed('The only supported Transfer-Encoding is chunked.')
    if (httpVersion === '1.0') throw malformed('HTTP/1.0 has no Transfer-Encoding.')
  }
  if (!Number.isSafeInteger(Number(headers['content-length'] ?? 0))) {
    throw malformed('The Content-Length is larger than can be counted.')
  }
  if (headers.expect !== undefined && !continueOnly.test(headers.expect)) {
    throw malformed('The only supported expectation is Expect: 100-continue.')
  }
}

/**
 * Closes the connection after this answer, to a request that can be read in two ways: where the next one starts is
 * uncertain. Nothing is done for what has arrived already.
 */
export function endConnection(response: ServerResponse): void {
  response.shouldKeepAlive = false
}

/** For answers that are given without a look at the head: {@link endConnection} if it can be read in two ways. */
export function endIfAmbiguous(response: ServerResponse): void {
  try {
    checkHead(response.req)
  } catch {
    endConnection(response)
  }
}

/** @param name as it was sent */
export function duplicateHeader(name: string): CodedError {
  return new CodedError('DUPLICATE_HEADER', `There are two ${name} headers. Send one.`)
}

function malformed(sentence: string): CodedError {
  return new CodedError('MALFORMED_REQUEST', sentence)
}
