import type { IncomingHttpHeaders } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'
import { Strategy, type VerifyFunction } from 'passport-http-bearer'

/**
 * passport-http-bearer, limited to the header: by itself it would also accept a token in the query or the body. It only
 * finds the token, at once, so one strategy does for all requests, and the verifier, which may wait, comes afterwards.
 */
class HeaderToken extends Strategy<VerifyFunction> {
  #found: string | undefined

  constructor() {
    super((token: string, done: (error: unknown, token: string) => void) => done(null, token))
  }

  success(token: unknown): void {
    if (typeof token === 'string') this.#found = token
  }

  fail(): void {}

  in(headers: IncomingHttpHeaders): string | undefined {
    try {
      // The library reads only these three members.
      this.authenticate({ headers, body: undefined, query: undefined } as never)
      return this.#found
    } finally {
      // Whatever happens, nobody else gets it.
      this.#found = undefined
    }
  }
}

const headerToken = new HeaderToken()

/** @throws CodedError `TOKEN_INVALID` for a header without a token */
export function bearerToken(headers: IncomingHttpHeaders): string {
  const token = headerToken.in(headers)
  if (token !== undefined) return token
  throw new CodedError('TOKEN_INVALID', 'The Authorization header is malformed. Send "Bearer <token>".', {
    refusal: { reason: 'token-malformed' },
  })
}
