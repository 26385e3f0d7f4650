import type { IncomingMessage } from 'node:http'
import type { AccountId } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import {
  authorize,
  type BearerVerifier,
  type BegunVerification,
  bodyHashMissing,
  type CredentialKind,
  checkLpHash,
  type ExpectedBodyHash,
  isFormEncoded,
  type OAuth1Verifier,
  type Principal,
  type RequestAddress,
  signedBaseUrls,
  takenKind,
  type VerifiedCall,
  wrongAccount,
} from '@mtls-gateway/request-auth'
import { hasBody } from '@mtls-gateway/service-kit'
import type { FormSignatures } from './form-signatures.ts'
import type { SignedForms } from './signed-forms.ts'

export interface CallerVerificationOptions {
  readonly oauth1: OAuth1Verifier
  readonly bearer: BearerVerifier
  readonly forms: SignedForms
  readonly formSignatures: FormSignatures
  /** What forward takes: OAuth 1.0a, unless the deployment opens it to Bearer too. */
  readonly kinds: readonly CredentialKind[]
  readonly requireLpHash: boolean
  /** A form needs none: it is itself part of the signature. */
  readonly requireBodyHash: boolean
  readonly addressOf: (request: IncomingMessage) => RequestAddress
  readonly clientAddressOf: (request: IncomingMessage) => string
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
   * No form is read before it is known that somebody has the app key. Answers at once where nothing has to be waited
   * for.
   * @throws CodedError of credentials that are missing, not taken, wrong, of another account or without `forward`
   */
  verify(request: IncomingMessage, accountId: AccountId): MaybePromise<VerifiedCaller> {
    const authorization = request.headers.authorization ?? ''
    const kind = takenKind(authorization, this.kinds)
    if (kind === 'oauth1') return this.#verifySignature(authorization, request, accountId)
    return this.#verifyToken(authorization.slice('bearer '.length).trim(), accountId)
  }

  async #verifyToken(token: string, accountId: AccountId): Promise<VerifiedCaller> {
    const principal = await this.#options.bearer.verify(token)
    authorize(principal, accountId, 'forward')
    return { principal, form: undefined, bodyHash: undefined }
  }

  #verifySignature(
    authorization: string,
    request: IncomingMessage,
    accountId: AccountId,
  ): MaybePromise<VerifiedCaller> {
    const { oauth1, addressOf } = this.#options
    const { method = 'GET', url: target = '/' } = request
    const baseUrls = signedBaseUrls(addressOf(request))
    return andThen(oauth1.begin({ method, target, baseUrls, authorization }), (begun) => {
      const isForm = hasBody(request) && isFormEncoded(request.headers['content-type'])
      if (isForm && begun.appKey) return this.#finishWithForm(begun, request, accountId)
      return this.#finish(oauth1.finish(begun, undefined), undefined, request, accountId)
    })
  }

  #finishWithForm(
    begun: BegunVerification,
    request: IncomingMessage,
    accountId: AccountId,
  ): MaybePromise<VerifiedCaller> {
    const { oauth1, forms, formSignatures, clientAddressOf } = this.#options
    // Whose key it is, it says itself. No form of another account is read: whatever comes of it, the call is refused.
    if (begun.accountId !== accountId) throw wrongAccount()
    const sender = { accountId, address: clientAddressOf(request) }
    formSignatures.checkRoom(sender, Number(request.headers['content-length'] ?? 1))
    return forms.read(request, sender.address).then((form) => {
      const verified = formSignatures.run(sender, form, () => oauth1.finish(begun, form))
      return this.#finish(verified, form, request, accountId)
    })
  }

  #finish(
    verified: MaybePromise<VerifiedCall>,
    form: Buffer | undefined,
    request: IncomingMessage,
    accountId: AccountId,
  ): MaybePromise<VerifiedCaller> {
    const { requireLpHash, requireBodyHash } = this.#options
    return andThen(verified, ({ principal, bodyHash, query }) => {
      checkLpHash(query, () => headerFields(request.rawHeaders), { required: requireLpHash })
      if (requireBodyHash && !bodyHash && !form && hasBody(request)) throw bodyHashMissing()
      authorize(principal, accountId, 'forward')
      return { principal, form, bodyHash }
    })
  }
}

function* headerFields(rawHeaders: readonly string[]): Iterable<readonly [string, string]> {
  for (let i = 0; i < rawHeaders.length; i += 2) yield [rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '']
}
