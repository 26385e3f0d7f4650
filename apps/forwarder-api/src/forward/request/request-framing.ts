import type { IncomingMessage } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'

const continueOnly = /^100-continue$/i

/**
 * Refuses requests that another server on the way could read differently (RFC 9112 sections 3.2.2, 6.1 and 11.2), and
 * unsupported expectations. The parser has already refused two lengths, folded lines and a bare CR.
 * @throws CodedError `MALFORMED_REQUEST`
 */
export function checkFraming({ url = '', headers, httpVersion }: IncomingMessage): void {
  if (url[0] !== '/') throw malformed('The request line must have a path, not a whole url.')
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

function malformed(sentence: string): CodedError {
  return new CodedError('MALFORMED_REQUEST', sentence)
}
