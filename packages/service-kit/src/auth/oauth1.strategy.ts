import type { IncomingMessage } from 'node:http'
import { type OAuth1Verifier, type RequestAddress, signedBaseUrls, type VerifiedCall } from '@mtls-gateway/request-auth'
import { Strategy } from 'passport'

/** What the requests of Fastify and Express have in common. */
type SignedRequest = Pick<IncomingMessage, 'headers' | 'socket'> & {
  readonly method: string
  readonly originalUrl: string
}

/** OAuth 1.0a by the `Authorization` header. It is used only where bodies are not form-encoded. */
export class OAuth1Strategy extends Strategy {
  override readonly name = 'oauth1'
  readonly #verifier: OAuth1Verifier
  readonly #addressOf: (request: SignedRequest) => RequestAddress

  constructor(verifier: OAuth1Verifier, addressOf: (request: SignedRequest) => RequestAddress) {
    super()
    this.#verifier = verifier
    this.#addressOf = addressOf
  }

  override authenticate(request: SignedRequest): void {
    this.#verify(request).then(
      ({ principal, bodyHash }) => this.success(principal, { bodyHash }),
      (error) => this.error(error),
    )
  }

  async #verify(request: SignedRequest): Promise<VerifiedCall> {
    return this.#verifier.verify({
      method: request.method,
      target: request.originalUrl,
      baseUrls: signedBaseUrls(this.#addressOf(request)),
      authorization: request.headers.authorization ?? '',
    })
  }
}
