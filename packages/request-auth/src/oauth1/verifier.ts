import { randomBytes } from 'node:crypto'
import type { NonceStore } from '@mtls-gateway/coordination'
import { type AccountId, type CodedError, parseAppKey, type RefusalReason } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import type { Principal } from '../principal.ts'
import type { AppKeyCredential, AppKeySource, UnconfirmedAppKey } from './app-key.ts'
import { BaseStringStarts, encodedParameterString } from './base-string.ts'
import { encodedFormParameters } from './form-body.ts'
import { type ExpectedBodyHash, type OAuth1Header, parseOAuth1Header } from './header.ts'
import { malformed } from './malformed.ts'
import { type EncodedParameter, queryParameters } from './parameters.ts'
import { isSignature, signingKey } from './signature.ts'
import { splitRequestTarget } from './signed-url.ts'
import { checkNonceVerdict, credentialsInvalid, timestampFault } from './verdicts.ts'

export interface SignedRequest {
  readonly method: string
  /** Path and query of the request line, unchanged. */
  readonly target: string
  /** The base urls that the caller may have signed, the likeliest first. */
  readonly baseUrls: readonly string[]
  readonly authorization: string
  /** The whole body, if and only if it is form-encoded. */
  readonly formBody?: Uint8Array | undefined
}

export interface VerifiedCall {
  readonly principal: Principal
  /** If present, the body must be checked against it. */
  readonly bodyHash: ExpectedBodyHash | undefined
  /** The parameters of the query, which are signed. */
  readonly query: readonly EncodedParameter[]
}

/** A request that is well-formed, but not verified yet. */
export interface BegunVerification {
  readonly request: Omit<SignedRequest, 'formBody'>
  readonly header: OAuth1Header
  readonly path: string
  readonly query: readonly EncodedParameter[]
  /** The account in the app key; undefined if the key can't be one of ours. */
  readonly accountId: AccountId | undefined
  /** Undefined if the key is unknown or revoked, or known to have expired: `missing` says which, for the log alone. */
  readonly appKey: AppKeyCredential | UnconfirmedAppKey | undefined
  readonly missing: RefusalReason | undefined
}

type BegunParts = Omit<BegunVerification, 'appKey' | 'missing'>
type FoundAppKey = AppKeyCredential | UnconfirmedAppKey | 'revoked' | undefined

export interface OAuth1VerifierOptions {
  readonly nonces: NonceStore
  readonly appKeys: AppKeySource
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Told how far the timestamp of a genuine request is from the clock, in milliseconds, also if it is refused. */
  readonly onClockSkew?: (ms: number) => void
}

/** Verifies requests signed by OAuth 1.0a (RFC 5849) without tokens. */
export class OAuth1Verifier {
  readonly #nonces: NonceStore
  readonly #appKeys: AppKeySource
  readonly #clock: () => number
  readonly #onClockSkew: OAuth1VerifierOptions['onClockSkew']
  /** Used as the secret of an unknown key, so that this takes as long as a wrong signature. */
  readonly #dummyKey = signingKey(randomBytes(32).toString('base64url'))
  readonly #starts = new BaseStringStarts()

  constructor({ nonces, appKeys, clock, onClockSkew }: OAuth1VerifierOptions) {
    this.#nonces = nonces
    this.#appKeys = appKeys
    this.#clock = clock
    this.#onClockSkew = onClockSkew
  }

  /**
   * Header and query are short, so what is done before the signature is known to be right costs little, whoever sends
   * it. Signatures are checked before the nonce store is asked. A timestamp is refused after the signature, so that the
   * clocks of callers can be told from what strangers send; whatever else is wrong, the answer says only that.
   *
   * Rejects with CodedError `OAUTH_MALFORMED`, `MALFORMED_REQUEST`, `LIMIT_EXCEEDED`, `BODY_TOO_LARGE`,
   * `OAUTH_CREDENTIALS_INVALID` (unknown key, expired key and wrong signature alike), `OAUTH_TIMESTAMP_OUT_OF_WINDOW`,
   * `OAUTH_NONCE_REPLAYED`, `TIMESTAMP_BEFORE_START`, and with whatever the app key source or nonce store rejects with.
   */
  async verify(request: SignedRequest): Promise<VerifiedCall> {
    return this.finish(await this.begin(request), request.formBody)
  }

  /**
   * The first half of {@link verify}: everything that needs no body. For code that has to read a form next, but should
   * not do so for an app key that nobody has. Returns without a promise if the key is held.
   */
  begin(request: Omit<SignedRequest, 'formBody'>): MaybePromise<BegunVerification> {
    const header = parseOAuth1Header(request.authorization)
    const { path, query } = splitRequestTarget(request.target)
    const name = parseAppKey(header.consumerKey)
    const parts = { request, header, path, query: queryParameters(query), accountId: name?.accountId }
    const found = name && this.#appKeys.find(name)
    return andThen(found, (appKey) => this.#begun(parts, appKey))
  }

  /**
   * Refuses a timestamp before a body is read, which takes part in the signature: an app key that exists has to do for
   * the clock to be counted.
   * @throws CodedError `OAUTH_TIMESTAMP_OUT_OF_WINDOW`
   */
  refuseLate({ header: { timestamp } }: BegunVerification): void {
    const fault = timestampFault(timestamp, this.#clock())
    if (fault === undefined) return
    this.#tellSkew(timestamp)
    throw fault
  }

  /** What {@link begin} says now, after a wait for the body: the key may have been deleted meanwhile. */
  beginAgain(begun: BegunVerification): MaybePromise<BegunVerification> {
    const name = parseAppKey(begun.header.consumerKey)
    return andThen(name && this.#appKeys.find(name), (appKey) => this.#begun(begun, appKey))
  }

  /** The second half of {@link verify}: the signature, the rights of the key, the timestamp, then the nonce. */
  finish(begun: BegunVerification, formBody: Uint8Array | undefined): MaybePromise<VerifiedCall> {
    const { appKey, missing = 'signature-wrong' } = begun
    if (!this.#isGenuine(begun, formBody) || appKey === undefined) throw this.#refusal(begun, missing)
    if (!('confirm' in appKey)) return this.#claim(begun, appKey)
    // First: an old request that somebody has kept causes no further look-up.
    this.refuseLate(begun)
    return appKey.confirm().then((confirmed) => {
      if (confirmed === undefined) throw this.#refusal(begun, 'key-revoked')
      if (!this.#isUsable(confirmed)) throw this.#refusal(begun, 'key-expired')
      return this.#claim(begun, confirmed)
    })
  }

  #refusal({ header }: BegunVerification, reason: RefusalReason): CodedError {
    return timestampFault(header.timestamp, this.#clock()) ?? credentialsInvalid(reason)
  }

  #tellSkew(timestamp: number): void {
    this.#onClockSkew?.(Math.abs(timestamp * 1_000 - this.#clock()))
  }

  #begun(parts: BegunParts, found: FoundAppKey): BegunVerification {
    const isFound = found !== undefined && found !== 'revoked'
    if (isFound && ('confirm' in found || this.#isUsable(found))) return { ...parts, appKey: found, missing: undefined }
    return { ...parts, appKey: undefined, missing: whyMissing(parts, found) }
  }

  #isUsable({ principal }: AppKeyCredential): boolean {
    return this.#clock() < principal.expiresAtMs
  }

  #claim(begun: BegunVerification, { principal }: AppKeyCredential): MaybePromise<VerifiedCall> {
    const { header, query } = begun
    const { consumerKey, nonce, timestamp, bodyHash } = header
    // A nonce of an older timestamp may be one that nobody remembers any more.
    this.refuseLate(begun)
    this.#tellSkew(timestamp)
    const claim = this.#nonces.claim({ appKey: consumerKey, nonce, timestamp })
    return andThen(claim, (verdict) => {
      checkNonceVerdict(verdict)
      return { principal, bodyHash, query }
    })
  }

  #isGenuine(begun: BegunVerification, formBody: Uint8Array | undefined): boolean {
    const { request, header, path, appKey } = begun
    // What was signed with a key that does not exist cannot be right: it takes as long as a call without a query.
    const query = appKey === undefined ? [] : begun.query
    const others = query.length === 0 ? header.signedParameters : [...header.signedParameters, ...query]
    const form = formBody && formParameters(header, others, formBody)
    const parameters = form ? '' : encodedParameterString(others)
    const key = appKey?.signingKey ?? this.#dummyKey
    return request.baseUrls.some((baseUrl) => {
      const text = this.#starts.of(request.method, baseUrl, path) + parameters
      return isSignature(header.signature, header.signatureMethod, key, text, form)
    })
  }
}

function whyMissing({ accountId }: BegunParts, found: FoundAppKey): RefusalReason {
  if (found === 'revoked') return 'key-revoked'
  if (found !== undefined) return 'key-expired'
  return accountId === undefined ? 'key-malformed' : 'key-unknown'
}

function formParameters(header: OAuth1Header, others: readonly EncodedParameter[], formBody: Uint8Array): Uint8Array {
  // draft-eaton-oauth-bodyhash-00 section 4.1.1: never with a form-encoded body, which is itself part of the signature.
  if (header.bodyHash) throw malformed('oauth_body_hash must not be sent with a form-encoded body', 'oauth_body_hash')
  return encodedFormParameters(others, formBody)
}
