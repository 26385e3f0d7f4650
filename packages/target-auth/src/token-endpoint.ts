export interface EndpointRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface EndpointAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Uint8Array
  /** It went on beyond what was read. */
  readonly truncated: boolean
}

/**
 * The way to a token endpoint, over the certificate that the token will be bound to (RFC 8705 section 3): behind the
 * guard, with its own time limit, without redirects. Rejects with what says why there is no answer.
 */
export type PostToEndpoint = (request: EndpointRequest) => Promise<EndpointAnswer>

export interface AccessToken {
  readonly token: string
  /** Seconds from when it came; undefined: the endpoint has not said (RFC 6749 section 5.1). */
  readonly expiresIn: number | undefined
  /** In printable ASCII; undefined: the endpoint has not said. */
  readonly scope?: string | undefined
}
