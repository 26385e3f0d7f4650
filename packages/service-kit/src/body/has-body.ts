import type { IncomingMessage } from 'node:http'

/** Whether a body follows, be it an empty one in chunks. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
