import type { IncomingMessage } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'
import { type ForwardInstructions, readInstructions } from '../headers/request-headers.ts'

/** In the place of a path, in logs and metrics. */
export const proxyRoute = 'proxy'

const wholeUrl = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)((?:[/?#].*)?)$/is
const defaultPorts: ReadonlyMap<string, RegExp> = new Map([
  ['http', /:(?:0*80)?$/],
  ['https', /:(?:0*443)?$/],
])

/** Whether the request line has a whole url, as clients send it to a proxy (RFC 9112 section 3.2.2). */
export function isForProxy({ url = '/' }: IncomingMessage): boolean {
  return url[0] !== '/' && wholeUrl.test(url)
}

/**
 * The target of a call that names it by a whole url: `http://host/path` stands for `https://host/path`, as the gateway
 * speaks TLS where its caller can't. Another port than the default stays.
 * @returns a url for `parseTargetUrl`, which knows what else is wrong with it
 * @throws CodedError `MALFORMED_REQUEST`: a proxy in front may go by Host; `TARGET_URL_NOT_HTTPS`
 */
export function proxiedUrl({ url = '', headers: { host } }: IncomingMessage): string {
  const [, scheme = '', authority = '', rest = ''] = wholeUrl.exec(url) ?? []
  const defaultPort = defaultPorts.get(scheme.toLowerCase())
  if (defaultPort === undefined) {
    throw new CodedError('TARGET_URL_NOT_HTTPS', 'Only urls that begin with http:// or https:// can be called.')
  }
  const named = authority.replace(defaultPort, '')
  if (host !== undefined && host.replace(defaultPort, '').toLowerCase() !== named.toLowerCase()) {
    throw new CodedError('MALFORMED_REQUEST', 'The Host header and the url of the request line name different hosts.')
  }
  return `https://${named}${rest}`
}

/**
 * @param gateway the `LP-*` fields, by lower-case name
 * @throws CodedError `VALIDATION_FAILED`
 */
export function proxiedInstructions(url: string, gateway: ReadonlyMap<string, string>): ForwardInstructions {
  if (gateway.has('lp-forward-url')) {
    throw new CodedError('VALIDATION_FAILED', 'The url of this call is its target. Leave LP-forward-url out.')
  }
  return { ...readInstructions(gateway, url), relocate: (location) => plainLocation(location, url) }
}

/**
 * A client follows an https: url past the gateway, or by a tunnel through it, and has no certificate there. So one to
 * the host that was called begins with http: again. Others stay: the client has not asked the gateway for their hosts.
 */
function plainLocation(location: string, calledUrl: string): string {
  const url = /^https:/i.test(location) ? URL.parse(location, calledUrl) : null
  if (url === null || url.origin !== URL.parse(calledUrl)?.origin) return location
  return url.href.replace(/^https:/, 'http:')
}
