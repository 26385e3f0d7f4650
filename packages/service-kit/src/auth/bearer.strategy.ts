import type { BearerVerifier, Principal } from '@mtls-gateway/request-auth'
import { Strategy, type VerifyFunction } from 'passport-http-bearer'

type Done = (error: unknown, principal?: Principal) => void

/** passport-http-bearer, limited to the header: by itself it would also accept a token in the query or the body. */
export class HeaderBearerStrategy extends Strategy<VerifyFunction> {
  /** @param address where the request comes from */
  constructor(verifier: BearerVerifier, address: string) {
    super((token: string, done: Done) => {
      verifier.verify(token, address).then((principal) => done(null, principal), done)
    })
  }

  override authenticate(request: Parameters<Strategy<VerifyFunction>['authenticate']>[0]): void {
    // The library reads only these three members.
    super.authenticate({ headers: request.headers, body: undefined, query: undefined } as never)
  }
}
