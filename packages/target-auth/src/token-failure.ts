/** Why there is no token for a call, and who must do something about it. */
export const tokenFailureCodes = [
  'TOKEN_ENDPOINT_UNREACHABLE',
  'TOKEN_ENDPOINT_REFUSED',
  'TOKEN_ENDPOINT_CLIENT_REFUSED',
  'TOKEN_ENDPOINT_MALFORMED',
  'TOKEN_ENDPOINT_NO_TOKEN',
  'TOKEN_ENDPOINT_TOKEN_TYPE',
] as const

export type TokenFailureCode = (typeof tokenFailureCodes)[number]

/** What the token endpoint has said itself (RFC 6749 section 5.2), cut and in printable ASCII. */
export interface EndpointWords {
  readonly status?: number
  readonly error?: string
  readonly errorDescription?: string
}

/** Its message is for whoever calls. It has nothing of a secret, a token or an assertion. */
export class TokenFailure extends Error {
  readonly code: TokenFailureCode
  readonly said: EndpointWords

  constructor(code: TokenFailureCode, message: string, options: { said?: EndpointWords; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'TokenFailure'
    this.code = code
    this.said = options.said ?? {}
  }
}

const mostShown = 200

/** What a stranger has written, as it can be shown anywhere. */
export function printable(text: string): string {
  return text.slice(0, mostShown).replaceAll(/[^\x20-\x7e]/g, '?')
}
