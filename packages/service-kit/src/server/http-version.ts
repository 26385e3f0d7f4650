import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Node's own parser, whose buffer is the piece that a request came in. */
interface ParsedSocket extends Socket {
  readonly parser?: { getCurrentBuffer(): Buffer } | null
}

/**
 * Node's parser also accepts HTTP/2.0 and HTTP/0.9, and reports RTSP/1.0 as HTTP/1.0. Only the bytes tell the latter,
 * if the request line arrived in one piece.
 */
export function isHttp1({ httpVersion, socket }: IncomingMessage): boolean {
  if (httpVersion === '1.1') return true
  const { parser }: ParsedSocket = socket
  return httpVersion === '1.0' && parser?.getCurrentBuffer().includes(' RTSP/1.0\r\n') !== true
}
