import { connectionOptions, endsHere } from './hop-by-hop.ts'

/** The target's header fields for the caller: as they came, without those of the connection to the target. */
export function answerHeaders(rawHeaders: readonly string[], requestId: string): string[] {
  const options = connectionOptions(rawHeaders)
  const headers: string[] = []
  let hasRequestId = false
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    const key = name.toLowerCase()
    // Only the gateway itself says that the gateway answered.
    if (endsHere(key, options) || key === 'lp-answered-by') continue
    hasRequestId ||= key === 'x-request-id'
    headers.push(name, rawHeaders[i + 1] ?? '')
  }
  headers.push('Via', '1.1 mtls-gateway')
  if (!hasRequestId) headers.push('X-Request-Id', requestId)
  return headers
}
