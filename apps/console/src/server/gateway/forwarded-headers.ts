import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { headerNames } from '@mtls-gateway/contract'

/** What a service is told of a request of a browser, and nothing else: no cookie, no credentials of the page's. */
const passedToServices = [
  'accept',
  'accept-language',
  'content-length',
  'content-type',
  'if-none-match',
  'user-agent',
  headerNames.ifMatch.toLowerCase(),
  headerNames.idempotencyKey.toLowerCase(),
  // These shape the key tester's call.
  headerNames.forwardUrl.toLowerCase(),
  headerNames.methodOverride.toLowerCase(),
  headerNames.authorizationOverride.toLowerCase(),
  headerNames.contentTypeOverride.toLowerCase(),
]

/** Between two neighbours (RFC 9110 section 7.6.1), or the console's own business. */
const keptFromBrowser = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['proxy-authenticate', 'proxy-authorization', 'set-cookie', 'www-authenticate', 'date', 'x-request-id'],
  ...['cache-control', 'content-security-policy', 'referrer-policy', 'strict-transport-security'],
  ...['x-content-type-options', 'x-frame-options', 'clear-site-data', 'access-control-allow-origin'],
])

export interface Caller {
  readonly token: string | undefined
  /** The person's, however many proxies are in between. */
  readonly address: string
  readonly requestId: string
}

/** The console's own headers of a request to a service. */
export function callerHeaders({ token, address, requestId }: Caller): OutgoingHttpHeaders {
  return {
    'x-forwarded-for': address,
    'x-request-id': requestId,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
}

export function requestHeaders({ headers }: Pick<IncomingMessage, 'headers'>, caller: Caller): OutgoingHttpHeaders {
  const passed = passedToServices.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))
  return { ...Object.fromEntries(passed), ...callerHeaders(caller) }
}

export function answerHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string | string[]>> {
  const named = (headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  const passed = Object.entries(headers).filter(([name]) => !keptFromBrowser.has(name) && !named.includes(name))
  return Object.fromEntries(passed.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
