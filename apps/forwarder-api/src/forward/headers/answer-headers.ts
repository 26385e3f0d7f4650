import { headerNames } from '@mtls-gateway/contract'
import type { HttpVersion } from '@mtls-gateway/outbound'
import { connectionOptions, isHopByHop, plain, viaOf } from './hop-by-hop.ts'
import { KnownNames } from './known-names.ts'

/** The head of a target's answer, as it goes to the caller. */
export interface AnswerHead {
  /** `[name, value, ...]` */
  readonly headers: string[]
  /** Whether a Content-Length is among them. */
  readonly hasLength: boolean
}

/**
 * Fields that only the gateway may set: who answered, what was presented, its transport errors, and the request id of
 * its log.
 */
const ours = new Set([
  'lp-answered-by',
  'lp-change-notice',
  'lp-error-from-transport',
  'lp-message-from-transport',
  'lp-presented-certificate',
  'x-request-id',
])

/** Not allowed as trailers (RFC 9110 section 6.5.1), because they frame or route the message. */
const neverTrailers = new Set(['content-length', 'content-encoding', 'content-type', 'host', 'set-cookie', ...ours])

const answerNames = new KnownNames((key) => ({
  key,
  plainKey: plain(key),
  staysHere: ours.has(plain(key)) || isHopByHop(key),
  isLength: key === 'content-length',
  isTrailer: key === 'trailer',
}))

/**
 * The target's header fields, without those of the connection to the target. A 204 has no Content-Length (RFC 9110
 * section 8.6).
 * @param mayHaveTrailers whether the answer to the caller can have trailers, unless there is a Content-Length
 * @param presented the certificate that the target has seen, as `LP-presented-certificate` has it
 */
export function answerHead(
  status: number,
  fields: readonly string[],
  version: HttpVersion,
  requestId: string,
  mayHaveTrailers: boolean,
  presented?: string,
): AnswerHead {
  const options = connectionOptions(fields)
  const headers: string[] = []
  let hasLength = false
  let trailer: string | undefined
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? ''
    const value = fields[i + 1] ?? ''
    const { key, plainKey, staysHere, isLength, isTrailer } = answerNames.get(name)
    if (isTrailer) trailer = trailer === undefined ? value : `${trailer}, ${value}`
    if (staysHere || (options.size > 0 && (options.has(key) || options.has(plainKey)))) continue
    if (isLength && status === 204) continue
    hasLength ||= isLength
    headers.push(name, value)
  }
  if (trailer !== undefined && mayHaveTrailers && !hasLength) headers.push('Trailer', trailer)
  headers.push('Via', viaOf(version), 'X-Request-Id', requestId)
  if (presented !== undefined) headers.push(headerNames.presentedCertificate, presented)
  return { headers, hasLength }
}

/** Changes the Location among `[name, value, ...]`, or takes it out. */
export function relocateIn(headers: string[], relocate: (location: string) => string | undefined): void {
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    if (headers[i]?.toLowerCase() !== 'location') continue
    const location = relocate(headers[i + 1] ?? '')
    if (location === undefined) headers.splice(i, 2)
    else headers[i + 1] = location
  }
}

/** The trailers of a target, as pairs. */
export function answerTrailers(fields: readonly string[]): [string, string][] {
  const trailers: [string, string][] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? ''
    const key = name.toLowerCase()
    if (!neverTrailers.has(plain(key)) && !isHopByHop(key)) trailers.push([name, fields[i + 1] ?? ''])
  }
  return trailers
}
