import {
  type AccountId,
  CodedError,
  isCodedError,
  isRequested,
  type OAuth2Auth,
  type RecordId,
  type TargetAuth,
  targetAuthKey,
  tlsKey,
} from '@mtls-gateway/domain'
import { andThen, isPromise, type MaybePromise } from '@mtls-gateway/event-loop'
import { type AccountIdentity, callOverKept, explainTransportError, type UpstreamPools } from '@mtls-gateway/outbound'
import type { AccountReader, AccountSnapshot, IdentityReader, TargetSecretReader } from '@mtls-gateway/registry'
import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import {
  type AccessToken,
  type AssertionKey,
  type FetchToken,
  type PostToEndpoint,
  requestToken,
  TargetTokens,
  TokenFailure,
  type TokenState,
  type TokenUse,
} from '@mtls-gateway/target-auth'
import { Counter } from 'prom-client'
import {
  type CallIdentity,
  isMapped,
  type MappedIdentity,
  signingKeyMissing,
} from '../certificate/certificate-choice.ts'

/** For the whole of a request for a token. */
const endpointMs = 10_000
const maxAnswerBytes = 65_536
/** How often an identity is completed that has been replaced by the time what it needs has come. */
const maxAttempts = 4

export interface TargetCredentialsOptions {
  readonly accounts: Pick<AccountReader, 'get' | 'revalidate'>
  readonly identities: Pick<IdentityReader, 'get'>
  readonly secrets: TargetSecretReader
  readonly upstreams: UpstreamPools
  readonly metrics: ServiceMetrics
  /** About how much of the heap tokens take. */
  readonly maxBytes: number
  /** Throws where the certificate of an identity was deleted. */
  readonly refuseRevoked: (identity: AccountIdentity) => void
}

/** Waits for a token, while the call takes nothing of what its target has. Rejects as the wait does. */
export type WaitForToken = <Result>(tokenUrl: string, waiting: Promise<Result>) => Promise<Result>

/** What came of asking for a token. */
export type TokenAttempt = { readonly durationMs: number } & (
  | { readonly token: AccessToken }
  | { readonly failure: TokenFailure }
)

type PresentedIdentity = Pick<MappedIdentity, 'accountId' | 'credentials'>

/**
 * What targets want beside the certificate: header fields of their calls. Tokens are asked for over the certificate
 * that they will be sent with, so that those that are bound to it match (RFC 8705 section 3).
 */
export class TargetCredentials {
  readonly #options: TargetCredentialsOptions
  readonly #tokens: TargetTokens
  readonly #requests: Counter<'result'>

  constructor(options: TargetCredentialsOptions) {
    this.#options = options
    this.#tokens = new TargetTokens({ maxBytes: options.maxBytes })
    this.#requests = new Counter({
      name: 'target_token_requests_total',
      help: 'Requests for access tokens that targets want, by whether there was one (given, failed)',
      labelNames: ['result'],
      registers: [options.metrics.registry],
    })
  }

  /**
   * The identity with what its target wants. Nothing is waited for where that is held.
   * @param choose the identity anew: after a wait it may be another
   * @throws CodedError why there is no token: 424; `TARGET_SECRET_MISSING`, `STORE_UNAVAILABLE`
   */
  complete(
    identity: CallIdentity,
    choose: () => MaybePromise<CallIdentity>,
    wait: WaitForToken = (_, waiting) => waiting,
  ): MaybePromise<CallIdentity> {
    if (!isMapped(identity) || identity.auth === undefined) return identity
    const fields = this.#fieldsFor(identity, identity.auth)
    return isPromise(fields) ? this.#completedAfterWait(identity, fields, choose, wait) : { ...identity, fields }
  }

  /** Asks for a token as a call would, and keeps none. @throws CodedError where the endpoint was not asked */
  async test(identity: MappedIdentity, auth: OAuth2Auth): Promise<TokenAttempt> {
    const beganAt = performance.now()
    const durationMs = () => Math.round(performance.now() - beganAt)
    try {
      const token = await this.#fetch(identity, auth)
      return { durationMs: durationMs(), token }
    } catch (failure) {
      if (!(failure instanceof TokenFailure)) throw failure
      return { durationMs: durationMs(), failure }
    }
  }

  /** Nothing is asked for. */
  stateOf(identity: MappedIdentity, auth: OAuth2Auth): TokenState {
    return this.#tokens.stateOf(useOf(identity, auth)) ?? { state: 'none' }
  }

  /**
   * For {@link AccountReader.onLoaded}: tokens of what the account no longer has are forgotten, and a version that has
   * been staged gets those that calls will need once it is promoted.
   */
  keepNamed(account: AccountSnapshot): void {
    const { accountId, presentable, targetAuths } = account
    this.#tokens.retain(accountId, (key) => {
      const { versionId, authKey } = partsOf(key)
      return presentable.has(versionId) && targetAuths.has(authKey)
    })
    for (const key of this.#tokens.keysOf(accountId)) {
      const { versionId, authKey } = partsOf(key)
      const auth = targetAuths.get(authKey)
      const next = auth?.type === 'oauth2' ? this.#afterPromotion(account, versionId, auth) : undefined
      if (next !== undefined && this.#tokens.stateOf(next.use) === undefined) this.#tokens.prepare(next.use, next.fetch)
    }
  }

  /** The target has answered 401: its next call has a new token. */
  refused(identity: CallIdentity): void {
    if (!isMapped(identity) || identity.auth?.type !== 'oauth2') return
    const [, value = ''] = identity.fields ?? []
    this.#tokens.refused(useOf(identity, identity.auth), value.slice('Bearer '.length))
  }

  async #completedAfterWait(
    first: MappedIdentity,
    waiting: Promise<readonly string[]>,
    choose: () => MaybePromise<CallIdentity>,
    wait: WaitForToken,
  ): Promise<CallIdentity> {
    let [identity, fields]: [MappedIdentity, MaybePromise<readonly string[]>] = [first, waiting]
    for (let attempts = 1; ; attempts++) {
      const getting = this.#gotOrReplaced(identity, fields)
      // It may be over before anybody waits for it.
      getting.catch(() => {})
      const got = await (identity.auth?.type === 'oauth2' ? wait(identity.auth.tokenUrl, getting) : getting)
      const next = await choose()
      if (!isMapped(next) || next.auth === undefined) return next
      if (isSame(identity, next)) {
        if ('missing' in got) throw got.missing
        return { ...next, fields: got.fields }
      }
      if (attempts === maxAttempts) throw changedTooOften()
      identity = next
      fields = this.#fieldsFor(next, next.auth)
    }
  }

  /** A secret that is missing may have just been replaced, in an account whose copy here is older. */
  async #gotOrReplaced(
    { accountId }: MappedIdentity,
    waiting: MaybePromise<readonly string[]>,
  ): Promise<{ readonly fields: readonly string[] } | { readonly missing: CodedError }> {
    try {
      return { fields: await waiting }
    } catch (error) {
      if (!isCodedError(error) || error.code !== 'TARGET_SECRET_MISSING') throw error
      await this.#revalidate(accountId)
      return { missing: error }
    }
  }

  #fieldsFor(identity: MappedIdentity, auth: TargetAuth): MaybePromise<readonly string[]> {
    if (auth.type === 'oauth2') return this.#tokenFields(identity, auth)
    const values = auth.headers.map(({ name, secret }) =>
      andThen(this.#secret(identity, secret.secretId), (value) => [name, value]),
    )
    return values.some(isPromise) ? Promise.all(values).then((all) => all.flat()) : (values as string[][]).flat()
  }

  #tokenFields(identity: MappedIdentity, auth: OAuth2Auth): MaybePromise<readonly string[]> {
    try {
      const token = this.#tokens.get(useOf(identity, auth), () => this.#fetchForCalls(identity, auth))
      if (!isPromise(token)) return authorization(token)
      return token.then(authorization, (error: unknown) => {
        throw coded(error)
      })
    } catch (error) {
      throw coded(error)
    }
  }

  #secret({ accountId }: PresentedIdentity, id: RecordId): MaybePromise<string> {
    return andThen(this.#options.secrets.get(accountId, id), (secret) => secret ?? secretMissing())
  }

  /**
   * The key that is active now. A token that was asked for with the one before stays good.
   * @throws CodedError `SIGNING_KEY_MISSING`
   */
  async #assertionKey(accountId: AccountId): Promise<AssertionKey> {
    const { accounts, secrets } = this.#options
    for (let attempts = 1; ; attempts++) {
      const key = (await accounts.get(accountId))?.signingKey('client-authentication')
      const privateKey = key && (await secrets.get(accountId, key.kid))
      if (key !== undefined && privateKey !== undefined) return { ...key, privateKey }
      if (attempts === 2) throw signingKeyMissing()
      // It may have just been deleted, in an account whose copy here is older.
      await this.#revalidate(accountId)
    }
  }

  /** The copy at hand names what is not there any more. */
  #revalidate(accountId: AccountId): MaybePromise<unknown> {
    return this.#options.accounts.revalidate(accountId, 'missing-key')
  }

  async #fetchForCalls(identity: MappedIdentity, auth: OAuth2Auth): Promise<AccessToken> {
    const token = await this.#fetch(identity, auth)
    this.#renewStaged(identity, auth).catch(() => {})
    return token
  }

  /** A staged version has its token renewed with that of the version in use, and so has one whenever it is promoted. */
  async #renewStaged({ accountId, credentials }: MappedIdentity, auth: OAuth2Auth): Promise<void> {
    const account = await this.#options.accounts.get(accountId)
    const next = account && this.#afterPromotion(account, credentials.versionId, auth)
    if (next !== undefined) this.#tokens.prepare(next.use, next.fetch)
  }

  /** What is used in place of a token once the staged version is promoted; undefined: nothing is staged. */
  #afterPromotion(
    account: AccountSnapshot,
    versionId: string,
    auth: OAuth2Auth,
  ): { readonly use: TokenUse; readonly fetch: FetchToken } | undefined {
    const { accountId } = account
    const certificateId = account.presentable.get(versionId)
    const { staged } = (certificateId && account.findCertificate(certificateId)) ?? {}
    if (staged === undefined || isRequested(staged) || staged.versionId === versionId) return undefined
    const fetch = async () => {
      const credentials = await this.#options.identities.get(accountId, staged)
      return this.#fetch({ accountId, credentials }, auth)
    }
    return { use: { accountId, key: keyOf(staged.versionId, auth) }, fetch }
  }

  async #fetch(identity: PresentedIdentity, auth: OAuth2Auth): Promise<AccessToken> {
    const { accountId, credentials } = identity
    const post: PostToEndpoint = async (request) => {
      const signal = AbortSignal.timeout(endpointMs)
      const call = { ...request, method: 'POST', maxBodyBytes: maxAnswerBytes, signal }
      try {
        this.#options.refuseRevoked(identity)
        return await callOverKept(this.#options.upstreams, { accountId, credentials }, call)
      } catch (error) {
        throw isCodedError(error) ? error : new Error(explainTransportError(error, new URL(request.url).host).message)
      }
    }
    try {
      const clientSecret = auth.secret && (await this.#secret(identity, auth.secret.secretId))
      const assertionKey = auth.method === 'private_key_jwt' ? await this.#assertionKey(accountId) : undefined
      const token = await requestToken(auth, { clientSecret, assertionKey }, post)
      this.#requests.inc({ result: 'given' })
      return token
    } catch (error) {
      this.#requests.inc({ result: 'failed' })
      throw error
    }
  }
}

function authorization(token: string): readonly string[] {
  return ['Authorization', `Bearer ${token}`]
}

/** The last use of each: calls that follow one another present the same version, and a key is long. */
const uses = new WeakMap<OAuth2Auth, { readonly versionId: string; readonly use: TokenUse }>()

function useOf({ accountId, credentials: { versionId } }: PresentedIdentity, auth: OAuth2Auth): TokenUse {
  const known = uses.get(auth)
  if (known?.versionId === versionId) return known.use
  const use = { accountId, key: keyOf(versionId, auth) }
  uses.set(auth, { versionId, use })
  return use
}

function keyOf(versionId: string, auth: OAuth2Auth): string {
  return `${versionId} ${targetAuthKey(auth)}`
}

function partsOf(key: string): { readonly versionId: string; readonly authKey: string } {
  const end = key.indexOf(' ')
  return { versionId: key.slice(0, end), authKey: key.slice(end + 1) }
}

/** Whether what the target wants of one is what it wants of the other. */
function isSame(one: MappedIdentity, other: MappedIdentity): boolean {
  const keyOf = ({ credentials, trust, tls, auth }: MappedIdentity) =>
    [credentials.versionId, trust?.key, tls && tlsKey(tls), auth && targetAuthKey(auth)].join('\n')
  return keyOf(one) === keyOf(other)
}

function coded(error: unknown): unknown {
  if (!(error instanceof TokenFailure)) return error
  const { code, message, said } = error
  return new CodedError(code, message, { details: { tokenEndpoint: said } })
}

function secretMissing(): never {
  throw new CodedError(
    'TARGET_SECRET_MISSING',
    'The secret that this target wants is missing from the store. Update the mapping with its targetAuth.',
  )
}

function changedTooOften(): CodedError {
  return new CodedError(
    'CLIENT_KEY_MISSING',
    'The certificate of this call changed repeatedly while what its target wants was fetched. Try again.',
  )
}
