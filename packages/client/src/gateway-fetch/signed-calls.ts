import { accountPath, headerNames } from '@mtls-gateway/contract/words'
import { lpHeadersHash } from '@mtls-gateway/request-signing'
import { baseUrlOf } from '../base-url.ts'
import { mappingBaseUrl, urlBelow } from '../mapping-base-url.ts'
import { authorizationOf } from '../signing/credentials.ts'
import type { GatewayFetchOptions } from './gateway-fetch-options.ts'
import type { OutgoingBody } from './outgoing-body.ts'
import { withoutFragment } from './target-answer.ts'

/** `duplex` is needed by Node for a body that is a stream, and not known to all types. */
type StreamInit = RequestInit & { readonly duplex?: 'half' }

/** Sends calls to forwarder-api, each signed with a nonce of its own. */
export class SignedCalls {
  readonly #options: GatewayFetchOptions
  readonly #url: string
  /** Undefined: targets are named by LP-forward-url. */
  readonly #mappingUrl: string | undefined

  constructor(options: GatewayFetchOptions) {
    this.#options = options
    const { forwarder, allowHttp, account, mapping } = options
    this.#url = baseUrlOf(forwarder, allowHttp) + accountPath.replace('{accountId}', encodeURIComponent(account))
    this.#mappingUrl = mapping === undefined ? undefined : mappingBaseUrl({ ...options, mapping })
  }

  /** What is to be fetched, where it may be a path. @throws TypeError for what is not below the base url */
  resolve(input: string | URL | Request): string | URL | Request {
    if (this.#mappingUrl === undefined) return input
    const url = urlBelow(this.#mappingUrl, input instanceof Request ? input.url : String(input))
    return input instanceof Request ? input : url
  }

  /** Whoever answers: the target or the gateway. */
  async send(request: Request, body: OutgoingBody, signal: AbortSignal | undefined): Promise<Response> {
    const { fetch = globalThis.fetch } = this.#options
    const { method } = request
    const headers = this.#headersOf(request)
    const called = this.#mappingUrl === undefined ? this.#url : withoutFragment(request.url)
    // Signed with the query: without it the LP-* fields would be outside the signature. Nothing else is.
    const url = 'appKey' in this.#options ? withHash(called, headers) : called
    const signedBody = body instanceof ReadableStream ? undefined : body
    const signed = { method, url, contentType: headers.get('content-type'), body: signedBody }
    const authorization = await authorizationOf(this.#options, signed)
    if (authorization === undefined) headers.delete('authorization')
    else headers.set('authorization', authorization)
    const init: StreamInit = {
      method,
      headers,
      redirect: 'manual',
      ...(body && { body }),
      ...(body instanceof ReadableStream && { duplex: 'half' }),
      ...(signal && { signal }),
    }
    return fetch(url, init)
  }

  #headersOf(request: Request): Headers {
    const { service, stopIfCertificateNotFound, presentCertificate } = this.#options
    const headers = new Headers(request.headers)
    if (this.#mappingUrl === undefined) headers.set(headerNames.forwardUrl, withoutFragment(request.url))
    if (service !== undefined) headers.set(headerNames.serviceName, String(service))
    if (stopIfCertificateNotFound) headers.set(headerNames.stopIfCertificateNotFound, 'true')
    if (presentCertificate !== undefined) headers.set(headerNames.presentCertificate, `sha256=${presentCertificate}`)
    const authorization = headers.get('authorization')
    if (authorization !== null) headers.set(headerNames.authorizationOverride, authorization)
    return headers
  }
}

function withHash(url: string, headers: Headers): string {
  return `${url}${url.includes('?') ? '&' : '?'}lp_hash=${lpHeadersHash(headers)}`
}
