import {
  type AccountId,
  CodedError,
  isCodedError,
  type OAuth2Auth,
  type RecordId,
  type TargetAuth,
  targetAuthKey,
  tlsKey,
} from '@mtls-gateway/domain'
import { andThen, isPromise, type MaybePromise } from '@mtls-gateway/event-loop'
import { type AccountIdentity, callOverKept, explainTransportError, type UpstreamPools } from '@mtls-gateway/outbound'
import type { AccountReader, AccountSnapshot, TargetSecretReader } from '@mtls-gateway/registry'
import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import {
  type AccessToken,
  type AssertionKey,
  type PostToEndpoint,
  requestToken,
  TargetTokens,
  TokenFailure,
  type TokenUse,
} from '@mtls-gateway/target-auth'
import { Counter } from 'prom-client'
import { type CallIdentity, isMapped, type MappedIdentity } from '../certificate/certificate-choice.ts'

/** For the whole of a request for a token. */
const endpointMs = 10_000
const maxAnswerBytes = 65_536
/** How often an identity is completed that has been replaced by the time what it needs has come. */
const maxAttempts = 4

export interface TargetCredentialsOptions {
  readonly accounts: Pick<AccountReader, 'get' | 'revalidate'>
  readonly secrets: TargetSecretReader
  readonly upstreams: UpstreamPools
  readonly metrics: ServiceMetrics
  /** About how much of the heap tokens take. */
  readonly maxBytes: number
  /** Throws where the certificate of an identity was deleted. */
  readonly refuseRevoked: (identity: AccountIdentity) => void
}

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
  complete(identity: CallIdentity, choose: () => MaybePromise<CallIdentity>): MaybePromise<CallIdentity> {
    if (!isMapped(identity) || identity.auth === undefined) return identity
    const fields = this.#fieldsFor(identity, identity.auth)
    return isPromise(fields) ? this.#completedAfterWait(identity, fields, choose) : { ...identity, fields }
  }

  /** For {@link AccountReader.onLoaded}: tokens of what the account no longer has are forgotten. */
  keepNamed(account: AccountSnapshot): void {
    this.#tokens.retain(account.accountId, (key) => {
      const [versionId = ''] = key.split(' ', 1)
      return account.presentable.has(versionId) && account.targetAuths.has(key.slice(versionId.length + 1))
    })
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
  ): Promise<CallIdentity> {
    let [identity, fields]: [MappedIdentity, MaybePromise<readonly string[]>] = [first, waiting]
    for (let attempts = 1; ; attempts++) {
      const got = await this.#gotOrReplaced(identity, fields)
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
      const token = this.#tokens.get(useOf(identity, auth), () => this.#fetch(identity, auth))
      if (!isPromise(token)) return authorization(token)
      return token.then(authorization, (error: unknown) => {
        throw coded(error)
      })
    } catch (error) {
      throw coded(error)
    }
  }

  #secret({ accountId }: MappedIdentity, id: RecordId): MaybePromise<string> {
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

  async #fetch(identity: MappedIdentity, auth: OAuth2Auth): Promise<AccessToken> {
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

function useOf({ accountId, credentials }: MappedIdentity, auth: OAuth2Auth): TokenUse {
  return { accountId, key: `${credentials.versionId} ${targetAuthKey(auth)}` }
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

function signingKeyMissing(): CodedError {
  return new CodedError(
    'SIGNING_KEY_MISSING',
    'The signing key that this call needs is missing from the store. Create another one, and activate it.',
  )
}

function changedTooOften(): CodedError {
  return new CodedError(
    'CLIENT_KEY_MISSING',
    'The certificate of this call changed repeatedly while what its target wants was fetched. Try again.',
  )
}
