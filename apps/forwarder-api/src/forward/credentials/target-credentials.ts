import {
  CodedError,
  isCodedError,
  type OAuth2Auth,
  type RecordId,
  type TargetAuth,
  targetAuthKey,
} from '@mtls-gateway/domain'
import { andThen, isPromise, type MaybePromise } from '@mtls-gateway/event-loop'
import { callOverKept, explainTransportError, type UpstreamPools } from '@mtls-gateway/outbound'
import type { AccountSnapshot, TargetSecretReader } from '@mtls-gateway/registry'
import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import {
  type AccessToken,
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

/**
 * What targets want beside the certificate: header fields of their calls. Tokens are asked for over the certificate
 * that they will be sent with, so that those that are bound to it match (RFC 8705 section 3).
 */
export class TargetCredentials {
  readonly #secrets: TargetSecretReader
  readonly #upstreams: UpstreamPools
  readonly tokens = new TargetTokens()

  readonly #requests: Counter<'result'>

  constructor(secrets: TargetSecretReader, upstreams: UpstreamPools, { registry }: ServiceMetrics) {
    this.#secrets = secrets
    this.#upstreams = upstreams
    this.#requests = new Counter({
      name: 'target_token_requests_total',
      help: 'Requests for access tokens that targets want, by whether there was one (given, failed)',
      labelNames: ['result'],
      registers: [registry],
    })
  }

  /**
   * The identity with what its target wants. Nothing is waited for where that is held.
   * @param choose the identity anew: after a wait it may be another
   * @throws CodedError why there is no token: 424; `TARGET_SECRET_MISSING`, `STORE_UNAVAILABLE`
   */
  complete(identity: CallIdentity, choose: () => MaybePromise<CallIdentity>, attempt = 1): MaybePromise<CallIdentity> {
    if (!isMapped(identity) || identity.auth === undefined) return identity
    const fields = this.#fieldsFor(identity, identity.auth)
    if (!isPromise(fields)) return { ...identity, fields }
    return fields.then(() => {
      if (attempt === maxAttempts) throw changedTooOften()
      return andThen(choose(), (next) => this.complete(next, choose, attempt + 1))
    })
  }

  /** For {@link AccountReader.onLoaded}: tokens of what the account no longer has are forgotten. */
  keepNamed(account: AccountSnapshot): void {
    this.tokens.retain(account.accountId, (key) => {
      const [versionId = ''] = key.split(' ', 1)
      return account.presentable.has(versionId) && account.targetAuths.has(key.slice(versionId.length + 1))
    })
  }

  /** The target has answered 401: its next call has a new token. */
  refused(identity: CallIdentity): void {
    if (!isMapped(identity) || identity.auth?.type !== 'oauth2') return
    const [, value = ''] = identity.fields ?? []
    this.tokens.refused(useOf(identity, identity.auth), value.slice('Bearer '.length))
  }

  #fieldsFor(identity: MappedIdentity, auth: TargetAuth): MaybePromise<readonly string[]> {
    if (auth.type === 'oauth2') {
      const token = this.tokens.get(useOf(identity, auth), () => this.#fetch(identity, auth))
      return andThen(token, (held) => ['Authorization', `Bearer ${held}`])
    }
    const values = auth.headers.map(({ name, secret }) =>
      andThen(this.#secret(identity, secret.secretId), (value) => [name, value]),
    )
    return values.some(isPromise) ? Promise.all(values).then((all) => all.flat()) : (values as string[][]).flat()
  }

  #secret({ accountId }: MappedIdentity, id: RecordId): MaybePromise<string> {
    return andThen(this.#secrets.get(accountId, id), (secret) => secret ?? secretMissing())
  }

  async #fetch(identity: MappedIdentity, auth: OAuth2Auth): Promise<AccessToken> {
    const { accountId, credentials } = identity
    const post: PostToEndpoint = async (request) => {
      try {
        const signal = AbortSignal.timeout(endpointMs)
        const call = { ...request, method: 'POST', maxBodyBytes: maxAnswerBytes, signal }
        return await callOverKept(this.#upstreams, { accountId, credentials }, call)
      } catch (error) {
        throw isCodedError(error) ? error : new Error(explainTransportError(error, new URL(request.url).host).message)
      }
    }
    try {
      const clientSecret = auth.secret && (await this.#secret(identity, auth.secret.secretId))
      const token = await requestToken(auth, { clientSecret }, post)
      this.#requests.inc({ result: 'given' })
      return token
    } catch (error) {
      this.#requests.inc({ result: 'failed' })
      throw error instanceof TokenFailure ? coded(error) : error
    }
  }
}

function useOf({ accountId, credentials }: MappedIdentity, auth: OAuth2Auth): TokenUse {
  return { accountId, key: `${credentials.versionId} ${targetAuthKey(auth)}` }
}

function coded({ code, message, said, cause }: TokenFailure): CodedError {
  return isCodedError(cause) ? cause : new CodedError(code, message, { details: { tokenEndpoint: said } })
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
    'What this call presents changed repeatedly while its target’s token was fetched. Try again.',
  )
}
