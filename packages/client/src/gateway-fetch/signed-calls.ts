import { accountPath, headerNames } from '@mtls-gateway/contract/words'
import { lpHeadersHash } from '@mtls-gateway/request-signing'
import { baseUrlOf } from '../base-url.ts'
import { authorizationOf } from '../signing/credentials.ts'
import type { GatewayFetchOptions } from './gateway-fetch-options.ts'
import type { OutgoingBody } from './outgoing-body.ts'

/** `duplex` is needed by Node for a body that is a stream, and not known to all types. */
type StreamInit = RequestInit & { readonly duplex?: 'half' }

/** Sends calls to forwarder-api, each signed with a nonce of its own. */
export class SignedCalls {
  readonly #options: GatewayFetchOptions
  readonly #url: string

  constructor(options: GatewayFetchOptions) {
    this.#options = options
    const baseUrl = baseUrlOf(options.forwarder, options.allowHttp)
    this.#url = baseUrl + accountPath.replace('{accountId}', encodeURIComponent(options.account))
  }

  /** Whoever answers: the target or the gateway. */
  async send(request: Request, body: OutgoingBody, signal: AbortSignal | undefined): Promise<Response> {
    const { fetch = globalThis.fetch } = this.#options
    const { method } = request
    const headers = this.#headersOf(request)
    // Signed with the query: without it the LP-* fields would be outside the signature.
    const url = `${this.#url}?lp_hash=${lpHeadersHash(headers)}`
    const signedBody = body instanceof ReadableStream ? undefined : body
    const signed = { method, url, contentType: headers.get('content-type'), body: signedBody }
    headers.set('authorization', await authorizationOf(this.#options, signed))
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
    const targetUrl = new URL(request.url)
    targetUrl.hash = ''
    headers.set(headerNames.forwardUrl, targetUrl.href)
    if (service !== undefined) headers.set(headerNames.serviceName, String(service))
    if (stopIfCertificateNotFound) headers.set(headerNames.stopIfCertificateNotFound, 'true')
    if (presentCertificate !== undefined) headers.set(headerNames.presentCertificate, `sha256=${presentCertificate}`)
    const authorization = headers.get('authorization')
    if (authorization !== null) headers.set(headerNames.authorizationOverride, authorization)
    return headers
  }
}
