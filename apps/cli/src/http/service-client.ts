import { CliFailure, errorCode } from '../cli-failure.ts'
import { type Answer, readAnswer } from './answer.ts'
import { readProblem, ServiceProblem } from './service-problem.ts'

export interface ServiceClientOptions {
  readonly service: 'config-api' | 'forwarder-api'
  /** Without a slash at the end. */
  readonly baseUrl: string
  /** The value of `Authorization` for a request; `body` is undefined where it is a form. */
  readonly authorize: (request: AuthorizedRequest) => string
}

export interface AuthorizedRequest {
  readonly method: string
  readonly url: string
  readonly body: string | Uint8Array | undefined
}

export interface ServiceRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer> | FormData
  /** Instead of the client's own. */
  readonly authorization?: string
}

export interface Exchange {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Calls one of the services. */
export class ServiceClient {
  readonly #options: ServiceClientOptions

  constructor(options: ServiceClientOptions) {
    this.#options = options
  }

  /** Sends `body` as JSON unless it is undefined. @throws ServiceProblem, CliFailure where no answer comes */
  json<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    return this.answer({ method, path, headers: { 'content-type': 'application/json' }, ...content })
  }

  /** @throws ServiceProblem, CliFailure where no answer comes */
  async answer<T>(request: ServiceRequest): Promise<Answer<T>> {
    const { status, headers, body } = await this.exchange(request)
    const text = body.toString('utf8')
    if (status >= 200 && status < 300) return this.#readJson<T>(text)
    const problem = readProblem(headers['content-type'], text)
    throw problem ? new ServiceProblem(problem) : this.#stranger(`it answers ${status} without a problem document`)
  }

  /**
   * Returns any answer, redirects too: what is sent is for this service alone.
   * @throws CliFailure if no answer comes
   */
  async exchange({ method, path, headers, body, authorization }: ServiceRequest): Promise<Exchange> {
    const url = this.#options.baseUrl + path
    const signed = { method, url, body: body instanceof FormData ? undefined : body }
    const credentials = authorization ?? this.#options.authorize(signed)
    try {
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        headers: { 'user-agent': 'mtls', ...headers, authorization: credentials },
        ...(body !== undefined && { body }),
      })
      const content = Buffer.from(await response.arrayBuffer())
      return { status: response.status, headers: Object.fromEntries(response.headers), body: content }
    } catch (error) {
      throw this.#unreachable(error)
    }
  }

  #readJson<T>(text: string): Answer<T> {
    try {
      return readAnswer<T>(text)
    } catch {
      throw this.#stranger('its answer is no JSON')
    }
  }

  #stranger(what: string): CliFailure {
    const { service, baseUrl } = this.#options
    return new CliFailure('noAnswer', `There is no ${service} at ${baseUrl}: ${what}. Check ${optionOf(service)}.`)
  }

  #unreachable(error: unknown): CliFailure {
    const { service, baseUrl } = this.#options
    const code = codeOf(error)
    const advice = isUntrusted(code)
      ? 'Give the CA of its certificate by NODE_EXTRA_CA_CERTS.'
      : `Check ${optionOf(service)}, and that it is up.`
    return new CliFailure('noAnswer', `${service} does not answer at ${baseUrl} (${code}). ${advice}`, { cause: error })
  }
}

/** fetch tells why in the cause of its error; where it tried several addresses, each has a reason. */
function codeOf(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined
  return errorCode(cause) || errorCode(error) || 'no connection'
}

function isUntrusted(code: string): boolean {
  return /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/.test(code)
}

function optionOf(service: ServiceClientOptions['service']): string {
  return `--${service}, ${service === 'config-api' ? 'MTLS_CONFIG_API' : 'MTLS_FORWARDER_API'} or mtls login`
}
