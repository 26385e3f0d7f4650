import { CodedError } from '@mtls-gateway/domain'

/** What a request and its trusted proxies say about the address that the caller used. */
export interface RequestAddress {
  /** From {@link parsePublicBaseUrl}. If there are any, nothing else counts. */
  readonly publicBaseUrls: readonly string[]
  readonly protocol: 'http' | 'https'
  /** The `Host` header. */
  readonly host: string | undefined
  /** One value of `X-Forwarded-Proto` and one of `X-Forwarded-Host`, only from a trusted proxy. */
  readonly forwarded?: { readonly protocol?: string | undefined; readonly host?: string | undefined }
}

/** The target of a request, from its request line. */
export interface RequestTarget {
  readonly path: string
  /** Without its `?`; empty if there is none. */
  readonly query: string
}

const hostShape = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{0,5}))?$/
// Printable ASCII without "#": a request target has no fragment (RFC 9112 section 3.2).
const targetShape = /^\/[\x21\x22\x24-\x7e]*$/

/**
 * The base urls, scheme and authority, that the caller may have signed: RFC 5849 section 3.4.1.2.
 *
 * @throws CodedError `MALFORMED_REQUEST`: no usable Host or X-Forwarded header
 */
export function signedBaseUrls({ publicBaseUrls, protocol, host, forwarded }: RequestAddress): readonly string[] {
  if (publicBaseUrls.length > 0) return publicBaseUrls
  const [spokenProtocol, spokenHost] = [forwarded?.protocol ?? protocol, forwarded?.host ?? host ?? '']
  if (last?.protocol === spokenProtocol && last.host === spokenHost) return last.urls
  const urls = baseUrlsOf(spokenProtocol, spokenHost)
  last = { protocol: spokenProtocol, host: spokenHost, urls }
  return urls
}

/** Kept from the previous request: nearly all callers use the same address. */
let last: { readonly protocol: string; readonly host: string; readonly urls: readonly string[] } | undefined

function baseUrlsOf(protocol: string, host: string): readonly string[] {
  const scheme = protocol.toLowerCase()
  if (scheme !== 'http' && scheme !== 'https') throw malformedRequest('X-Forwarded-Proto is neither http nor https')
  const [, name, port = ''] = hostShape.exec(host) ?? []
  if (name === undefined) throw malformedRequest('there is no well-formed Host header')
  const defaultPort = scheme === 'https' ? '443' : '80'
  return [`${scheme}://${name.toLowerCase()}${port === '' || port === defaultPort ? '' : `:${port}`}`]
}

/**
 * A url by which callers reach the service, in the form that is signed. Its path is the prefix that a proxy removes.
 *
 * @throws CodedError `CONFIGURATION_INVALID`
 */
export function parsePublicBaseUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      'A public base url is absolute, http or https, without user, query and fragment: https://gateway.example.com',
    )
  }
  return url.origin + url.pathname.replace(/(?<!\/)\/+$/, '')
}

/** @throws CodedError `MALFORMED_REQUEST`: not a path with an optional query in ASCII */
export function splitRequestTarget(target: string): RequestTarget {
  if (!targetShape.test(target)) throw malformedRequest('the request target is not a path and query in ASCII')
  const mark = target.indexOf('?')
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

function malformedRequest(reason: string): CodedError {
  return new CodedError('MALFORMED_REQUEST', `The request can't be verified: ${reason}.`)
}
