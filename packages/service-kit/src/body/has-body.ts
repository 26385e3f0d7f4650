import type { IncomingMessage } from 'node:http'

/** Whether the request has a body, even if it is an empty chunked one. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
