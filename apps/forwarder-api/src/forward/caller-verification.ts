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
  type ExpectedBodyHash,
  isFormEncoded,
  type OAuth1Verifier,
  type Principal,
  type RequestAddress,
  signedBaseUrls,
} from '@mtls-gateway/request-auth'
import { hasBody } from './request-framing.ts'
import type { SignedForms } from './signed-forms.ts'

export interface CallerVerificationOptions {
  readonly oauth1: OAuth1Verifier
  readonly bearer: BearerVerifier
  readonly forms: SignedForms
  /** What forward takes: OAuth 1.0a, unless the deployment opens it to Bearer too. */
  readonly kinds: readonly CredentialKind[]
  readonly requireLpHash: boolean
  readonly addressOf: (request: IncomingMessage) => RequestAddress
}

export interface VerifiedCaller {
  readonly principal: Principal
  /** A form-encoded body, which had to be read to verify the signature. */
  readonly form: Buffer | undefined
  /** What the body must have, once it has been read. */
  readonly bodyHash: ExpectedBodyHash | undefined
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
   * No form is read before it is known that somebody has the app key.
   * @throws CodedError of credentials that are missing, not taken, wrong, of another account or without `forward`
   */
  async verify(request: IncomingMessage, accountId: AccountId): Promise<VerifiedCaller> {
    const authorization = request.headers.authorization ?? ''
    const kind = credentialKind(authorization)
    if (kind === undefined) throw credentialsMissing(this.kinds)
    if (kind === 'other' || !this.kinds.includes(kind)) throw credentialKindNotTaken(this.kinds)
    if (kind === 'oauth1') return this.#verifySignature(authorization, request, accountId)
    const principal = await this.#options.bearer.verify(authorization.slice('bearer '.length).trim())
    authorize(principal, accountId, 'forward')
    return { principal, form: undefined, bodyHash: undefined }
  }

  async #verifySignature(
    authorization: string,
    request: IncomingMessage,
    accountId: AccountId,
  ): Promise<VerifiedCaller> {
    const { oauth1, forms, addressOf, requireLpHash } = this.#options
    const { method = 'GET', url: target = '/' } = request
    const begun = await oauth1.begin({ method, target, baseUrls: signedBaseUrls(addressOf(request)), authorization })
    const isForm = hasBody(request) && isFormEncoded(request.headers['content-type'])
    const form = isForm && begun.appKey ? await forms.read(request, accountId) : undefined
    const { principal, bodyHash, query } = await oauth1.finish(begun, form)
    checkLpHash(query, headerFields(request.rawHeaders), { required: requireLpHash })
    authorize(principal, accountId, 'forward')
    return { principal, form, bodyHash }
  }
}

function* headerFields(rawHeaders: readonly string[]): Iterable<readonly [string, string]> {
  for (let i = 0; i < rawHeaders.length; i += 2) yield [rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '']
}
