import type { IncomingMessage } from 'node:http'
import type { AccountId } from '@mtls-gateway/domain'
import {
  authorize,
  type BearerVerifier,
  type CredentialKind,
  checkLpHash,
  credentialKind,
  credentialKindNotTaken,
  credentialsMissing,
  type OAuth1Verifier,
  type RequestAddress,
  signedBaseUrls,
  type VerifiedCall,
} from '@mtls-gateway/request-auth'

export interface CallerVerificationOptions {
  readonly oauth1: OAuth1Verifier
  readonly bearer: BearerVerifier
  /** What forward takes: OAuth 1.0a, unless the deployment opens it to Bearer too. */
  readonly kinds: readonly CredentialKind[]
  readonly requireLpHash: boolean
  readonly addressOf: (request: IncomingMessage) => RequestAddress
}

/** Whether a caller may forward for an account; plain functions instead of guards, for the hot path. */
export class CallerVerification {
  readonly kinds: readonly CredentialKind[]
  readonly #options: CallerVerificationOptions

  constructor(options: CallerVerificationOptions) {
    this.kinds = options.kinds
    this.#options = options
  }

  /**
   * @param target path and query as the request line has them
   * @throws CodedError of credentials that are missing, not taken, wrong, of another account or without `forward`
   */
  async verify(
    request: IncomingMessage,
    accountId: AccountId,
    form: Buffer | undefined,
  ): Promise<VerifiedCall['bodyHash']> {
    const authorization = request.headers.authorization ?? ''
    const kind = credentialKind(authorization)
    if (kind === undefined) throw credentialsMissing(this.kinds)
    if (kind === 'other' || !this.kinds.includes(kind)) throw credentialKindNotTaken(this.kinds)
    const { principal, bodyHash } = await this.#authenticate(kind, authorization, request, form)
    authorize(principal, accountId, 'forward')
    return bodyHash
  }

  async #authenticate(
    kind: CredentialKind,
    authorization: string,
    request: IncomingMessage,
    form: Buffer | undefined,
  ): Promise<VerifiedCall> {
    const { oauth1, bearer, addressOf, requireLpHash } = this.#options
    if (kind === 'bearer') {
      return { principal: await bearer.verify(authorization.slice('bearer '.length).trim()), bodyHash: undefined }
    }
    const target = request.url ?? '/'
    const verified = await oauth1.verify({
      method: request.method ?? 'GET',
      target,
      baseUrls: signedBaseUrls(addressOf(request)),
      authorization,
      formBody: form,
    })
    checkLpHash(target, headerFields(request.rawHeaders), { required: requireLpHash })
    return verified
  }
}

function* headerFields(rawHeaders: readonly string[]): Iterable<readonly [string, string]> {
  for (let i = 0; i < rawHeaders.length; i += 2) yield [rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '']
}
