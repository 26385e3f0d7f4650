import { randomUUID } from 'node:crypto'

export interface OriginalClientOptions {
  /** Base url of forwarder-api. */
  readonly gateway: string
  readonly account: string
  /** As its authorization server has answered. */
  readonly token: { readonly access_token: string; readonly token_type: string }
}

export interface OriginalAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** What the client makes of an answer: the gateway could not call, did not accept the caller, or has no mapping. */
export type OriginalFault = 'remote-threw' | 'invalid-request' | 'missing-conf'

export class OriginalClientError extends Error {
  readonly fault: OriginalFault
  readonly originalBody: string | undefined

  constructor(fault: OriginalFault, message: string, originalBody?: string) {
    super(message)
    this.fault = fault
    this.originalBody = originalBody
  }
}

type Body = string | URLSearchParams | FormData

/**
 * Calls as LivePerson's own client for functions does: always for the service FAAS, with a token, and for the sake of a
 * certificate alone. It tells by header fields whether the gateway or the target has answered.
 */
export class OriginalClient {
  readonly #options: OriginalClientOptions

  constructor(options: OriginalClientOptions) {
    this.#options = options
  }

  get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<OriginalAnswer> {
    return this.#call('GET', url, headers, null, false)
  }

  post(url: string, headers: Readonly<Record<string, string>>, body: Body): Promise<OriginalAnswer> {
    return this.#call('POST', url, headers, body, false)
  }

  /** The body is sent as JSON, and that of the answer is parsed. */
  postJson(url: string, headers: Readonly<Record<string, string>>, body: object): Promise<OriginalAnswer> {
    return this.#call('POST', url, headers, JSON.stringify(body), true)
  }

  async #call(
    method: string,
    url: string,
    own: Readonly<Record<string, string>>,
    body: Body | null,
    json: boolean,
  ): Promise<OriginalAnswer> {
    const { gateway, account, token } = this.#options
    const { Authorization: ofTarget, ...others } = own
    const headers = {
      'LP-stop-if-certificate-not-found': 'true',
      'LP-service-name': 'FAAS',
      'LP-forward-url': url,
      'X-Request-Id': randomUUID(),
      ...(json && { 'Content-Type': 'application/json' }),
      ...(ofTarget !== undefined && { 'LP-authorization-override': ofTarget }),
      ...others,
      Authorization: `${token.token_type} ${token.access_token}`,
    }
    const response = await fetch(`${gateway}/mtls/account/${account}`, { method, headers, body })
    await refuseFaults(response)
    const text = await response.text()
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: json ? JSON.parse(text) : text,
    }
  }
}

async function refuseFaults(response: Response): Promise<void> {
  const message = response.headers.get('lp-message-from-transport')
  if (message !== null) throw new OriginalClientError('remote-threw', message, await response.text())
  const challenge = response.headers.get('www-authenticate')
  if (challenge !== null) throw new OriginalClientError('invalid-request', challenge)
  if (response.status === 400) throw new OriginalClientError('missing-conf', 'there is no mapping for this url')
}
