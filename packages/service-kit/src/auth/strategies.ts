import { CodedError } from '@mtls-gateway/domain'
import type { BearerVerifier, Principal, VerifiedCall } from '@mtls-gateway/request-auth'
import type { FastifyReply, FastifyRequest } from 'fastify'
import passport, { Strategy } from 'passport'
import { Strategy as BearerStrategy, type VerifyFunction } from 'passport-http-bearer'

/** Who calls, and the hash that the body must have. */
export type Authenticated = Omit<VerifiedCall, 'query'>

/** OAuth 1.0a by the `Authorization` header. It is used only where bodies are not form-encoded. */
export class OAuth1Strategy extends Strategy {
  override readonly name = 'oauth1'
  readonly #verify: () => Promise<Authenticated>

  constructor(verify: () => Promise<Authenticated>) {
    super()
    this.#verify = verify
  }

  override authenticate(): void {
    this.#verify().then(
      ({ principal, bodyHash }) => this.success(principal, { bodyHash }),
      (error) => this.error(error),
    )
  }
}

/** passport-http-bearer, limited to the header: by itself it would also accept a token in the query or the body. */
export class HeaderBearerStrategy extends BearerStrategy<VerifyFunction> {
  /** @param address where the request comes from */
  constructor(verifier: BearerVerifier, address: string) {
    super((token: string, done: (error: unknown, principal?: Principal) => void) => {
      verifier.verify(token, address).then((principal) => done(null, principal), done)
    })
  }

  override authenticate(request: Parameters<BearerStrategy<VerifyFunction>['authenticate']>[0]): void {
    // The library reads only these three members.
    super.authenticate({ headers: request.headers, body: undefined, query: undefined } as never)
  }
}

/**
 * Passes the strategy itself to Passport, not a name: nothing is registered, so no state is shared. Each request needs
 * a new one, as Passport stores the outcome in it.
 * @throws CodedError, as the verifiers; `TOKEN_INVALID` for a header without a token
 */
export function authenticateBy(
  strategy: Strategy,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Authenticated> {
  return new Promise((resolve, reject) => {
    const answer = (
      error: unknown,
      principal?: Principal | false,
      { bodyHash }: Partial<Pick<Authenticated, 'bodyHash'>> = {},
    ) => {
      if (principal) resolve({ principal, bodyHash })
      else reject(error ?? malformedToken())
    }
    const middleware: (request: unknown, reply: unknown, next: (error?: unknown) => void) => void =
      passport.authenticate(strategy, { session: false }, answer)
    middleware(request, reply, reject)
  })
}

function malformedToken(): CodedError {
  return new CodedError('TOKEN_INVALID', 'The Authorization header is malformed. Send "Bearer <token>".', {
    refusal: { reason: 'token-malformed' },
  })
}
