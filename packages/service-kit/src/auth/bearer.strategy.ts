import type { BearerVerifier, Principal } from '@mtls-gateway/request-auth'
import { Strategy, type VerifyFunction } from 'passport-http-bearer'

type Done = (error: unknown, principal?: Principal) => void

/** passport-http-bearer with the header as the only place of a token: it would take one from query and body as well. */
export class HeaderBearerStrategy extends Strategy<VerifyFunction> {
  constructor(verifier: BearerVerifier) {
    super((token: string, done: Done) => {
      verifier.verify(token).then((principal) => done(null, principal), done)
    })
  }

  override authenticate(request: Parameters<Strategy<VerifyFunction>['authenticate']>[0]): void {
    // The library looks at these three members alone.
    super.authenticate({ headers: request.headers, body: undefined, query: undefined } as never)
  }
}
