import type { Readable } from 'node:stream'
import { type OAuth1Hash, signOAuth1 } from '@mtls-gateway/request-signing'
import { FormData, Pool } from 'undici'

export interface ApiClientOptions {
  /** Scheme, host and port, such as `http://127.0.0.1:8080`. */
  readonly baseUrl: string
  readonly bearer?: string
  /** Each request is signed with it. */
  readonly oauth1?: { readonly appKey: string; readonly appSecret: string; readonly hash?: OAuth1Hash }
  /** PEM to trust when the service ends TLS itself. */
  readonly ca?: string
  /** PEM, to show to such a service. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string }
}

export type ApiHeaders = Readonly<Record<string, string | string[]>>

export interface ApiResponse<T> {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: T
}

export interface RawRequest {
  readonly method: string
  /** Path and query, sent byte for byte. */
  readonly path: string
  readonly headers?: ApiHeaders
  readonly body?: string | Uint8Array | Readable | FormData
}

export interface ApiFile {
  readonly fileName: string
  readonly content: Uint8Array
  /** `application/octet-stream` unless given. */
  readonly type?: string
}

/** Calls one of the gateway's services with one set of credentials; a call's `Authorization` header overrides them. */
export class ApiClient {
  readonly #options: ApiClientOptions
  readonly #pool: Pool

  constructor(options: ApiClientOptions) {
    this.#options = options
    const { baseUrl, ca, clientCertificate } = options
    this.#pool = new Pool(baseUrl, ca === undefined ? {} : { connect: { ca, ...clientCertificate } })
  }

  /** Sends `body` as JSON unless it is undefined; the caller says by `T` what it expects back, nothing checks it. */
  async json<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers: ApiHeaders = {},
  ): Promise<ApiResponse<T>> {
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const contentType = body === undefined ? {} : { 'content-type': 'application/json' }
    return decoded<T>(await this.raw({ method, path, headers: { ...contentType, ...headers }, ...content }))
  }

  async multipart<T = unknown>(
    method: string,
    path: string,
    fields: Readonly<Record<string, string>>,
    files: Readonly<Record<string, ApiFile>> = {},
    headers: ApiHeaders = {},
  ): Promise<ApiResponse<T>> {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    for (const [name, { fileName, content, type = 'application/octet-stream' }] of Object.entries(files)) {
      form.append(name, new Blob([Buffer.from(content)], { type }), fileName)
    }
    return decoded<T>(await this.raw({ method, path, headers, body: form }))
  }

  /** Sends the request as it is and collects the answer's bytes. */
  async raw(request: RawRequest): Promise<ApiResponse<Buffer>> {
    const { method, path, body = null, headers = {} } = request
    const response = await this.#pool.request({
      // undici's type lists the known methods; what it sends is any token.
      method: method as 'GET',
      path,
      body,
      headers: { ...this.#credentials(request, headers), ...headers },
    })
    const bytes = Buffer.from(await response.body.arrayBuffer())
    return { status: response.statusCode, headers: response.headers, body: bytes }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  #credentials({ method, path, body }: RawRequest, headers: ApiHeaders): { authorization?: string } {
    const { baseUrl, bearer, oauth1 } = this.#options
    const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
    if (given.has('authorization')) return {}
    if (bearer !== undefined) return { authorization: `Bearer ${bearer}` }
    if (oauth1 === undefined) return {}
    const isForm = given.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true
    const formBody = isForm && typeof body === 'string' ? { formBody: body } : {}
    return { authorization: signOAuth1({ ...oauth1, method, url: baseUrl + path, ...formBody }) }
  }
}

function decoded<T>(response: ApiResponse<Buffer>): ApiResponse<T> {
  const text = response.body.toString('utf8')
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/.test(String(response.headers['content-type']))
  return { ...response, body: (isJson ? JSON.parse(text) : text) as T }
}
