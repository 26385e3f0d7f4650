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
import { type CallerCertificates, hasBody, requestContextOf } from '@mtls-gateway/service-kit'
import type { FormSignatures } from './form-signatures.ts'
import type { SignedForms } from './signed-forms.ts'

export interface CallerVerificationOptions {
  readonly oauth1: OAuth1Verifier
  readonly bearer: BearerVerifier
  readonly certificates: CallerCertificates
  readonly forms: SignedForms
  readonly formSignatures: FormSignatures
  /** The credentials that forward accepts: OAuth 1.0a, and Bearer and certificates if the deployment says so. */
  readonly kinds: readonly CredentialKind[]
  readonly requireLpHash: boolean
  /** Forms need none: they are part of the signature. */
  readonly requireBodyHash: boolean
  readonly addressOf: (request: IncomingMessage) => RequestAddress
}

export interface VerifiedCaller {
  readonly principal: Principal
  /** That it calls for. */
  readonly accountId: AccountId
  /** A form-encoded body, which had to be read to verify the signature. */
  readonly form: Buffer | undefined
  /** The hash that the body must have once it has been read. */
  readonly bodyHash: ExpectedBodyHash | undefined
}

/** Decides whether a caller may forward for an account. Plain functions instead of a guard, for the hot path. */
export class CallerVerification {
  readonly kinds: readonly CredentialKind[]
  readonly #options: CallerVerificationOptions

  constructor(options: CallerVerificationOptions) {
    this.kinds = options.kinds
    this.#options = options
  }

  /**
   * Reads a form only if its app key exists. Returns without a promise if there is nothing to wait for.
   * @throws CodedError if credentials are missing, not accepted, wrong, for another account, or lack `forward`
   */
  verify(request: IncomingMessage, accountId: AccountId): MaybePromise<VerifiedCaller> {
    const authorization = request.headers.authorization ?? ''
    const shown = authorization === '' ? this.#options.certificates.principalOf(request) : undefined
    if (shown !== undefined) return verified(shown, accountId)
    const kind = takenKind(authorization, this.kinds)
    if (kind === 'oauth1') return this.#verifySignature(authorization, request, accountId)
    return this.#verifyToken(authorization.slice('bearer '.length).trim(), request, accountId)
  }

  async #verifyToken(token: string, request: IncomingMessage, accountId: AccountId): Promise<VerifiedCaller> {
    const { clientAddress } = requestContextOf(request)
    return verified(await this.#options.bearer.verify(token, clientAddress), accountId)
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
    const { oauth1, forms, formSignatures } = this.#options
    oauth1.refuseLate(begun)
    // The app key names its account. A form of another account is not read, as the call is refused in any case.
    if (begun.accountId !== accountId) throw wrongAccount()
    const sender = { accountId, address: requestContextOf(request).clientAddress }
    formSignatures.checkRoom(sender, Number(request.headers['content-length'] ?? 1))
    return forms.read(request, sender.address).then((form) =>
      andThen(oauth1.beginAgain(begun), (begunAgain) => {
        const verified = formSignatures.run(sender, form, () => oauth1.finish(begunAgain, form))
        return this.#finish(verified, form, request, accountId)
      }),
    )
  }

  #finish(
    verified: MaybePromise<VerifiedCall>,
    form: Buffer | undefined,
    request: IncomingMessage,
    accountId: AccountId,
  ): MaybePromise<VerifiedCaller> {
    const { requireLpHash, requireBodyHash } = this.#options
    return andThen(verified, ({ principal, bodyHash, query }) => {
      const caller = principal.subject
      checkLpHash(query, () => headerFields(request.rawHeaders), { required: requireLpHash, caller })
      if (requireBodyHash && !bodyHash && !form && hasBody(request)) throw bodyHashMissing(caller)
      authorize(principal, accountId, 'forward')
      return { principal, accountId, form, bodyHash }
    })
  }
}

/** Whose credentials cover nothing of the request. @throws CodedError if they do not allow it to forward */
export function verified(principal: Principal, accountId: AccountId): VerifiedCaller {
  authorize(principal, accountId, 'forward')
  return { principal, accountId, form: undefined, bodyHash: undefined }
}

function* headerFields(rawHeaders: readonly string[]): Iterable<readonly [string, string]> {
  for (let i = 0; i < rawHeaders.length; i += 2) yield [rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '']
}
