import type { CheckedEntry, CheckedMapping, TokenState } from '@mtls-gateway/contract'
import {
  type AccountId,
  isCodedError,
  parseAccountId,
  parseTargetUrl,
  type ServiceCatalogue,
} from '@mtls-gateway/domain'
import { convertInTurns } from '@mtls-gateway/event-loop'
import { authorizeAccount, type Principal } from '@mtls-gateway/request-auth'
import type { Compatibility } from '../configuration/configuration.ts'
import {
  type CallIdentity,
  type CertificateChoice,
  isMapped,
  type MappableCall,
} from '../forward/certificate/certificate-choice.ts'
import type { TargetCredentials } from '../forward/credentials/target-credentials.ts'

/** Errors that mean that a mapping can't be used. Any other error is no answer to the question. */
const unusable = new Set([
  'MAPPING_DISABLED',
  'CLIENT_CERTIFICATE_EXPIRED',
  'CLIENT_CERTIFICATE_NOT_YET_VALID',
  'CERTIFICATE_PENDING_SIGNATURE',
  'CLIENT_KEY_MISSING',
  'SIGNATURE_CERTIFICATE_UNUSABLE',
  'SIGNING_KEY_MISSING',
  // A release that does not know of secrets has changed its url.
  'TARGET_SECRET_MISSING',
  // The CA certificates of its targetTrust are missing. The target itself is not called here.
  'TARGET_UNREACHABLE',
  // The entry names no service, and the url is mapped for several.
  'SERVICE_NAME_MISSING',
])

/** Errors of what cannot be mapped. The original API compares texts, and so finds no mapping. */
const unmappable = new Set(['UNKNOWN_SERVICE', 'TARGET_URL_NOT_CANONICAL', 'TARGET_URL_NOT_HTTPS'])

/** What is said of an entry. */
export type EntryAnswer = Omit<CheckedMapping, keyof CheckedEntry>

/** Whether a forward of an entry would present a certificate. */
export class CheckMapping {
  readonly #choice: Pick<CertificateChoice, 'choose'>
  readonly #credentials: Pick<TargetCredentials, 'stateOf'>
  readonly #services: ServiceCatalogue
  readonly #compatibility: Compatibility

  constructor(
    choice: Pick<CertificateChoice, 'choose'>,
    credentials: Pick<TargetCredentials, 'stateOf'>,
    services: ServiceCatalogue,
    compatibility: Compatibility,
  ) {
    this.#choice = choice
    this.#credentials = credentials
    this.#services = services
    this.#compatibility = compatibility
  }

  /**
   * One answer for each entry, in order. With the compatibility `liveperson`, what cannot be mapped is false. Long
   * lists are gone through in turns with everyone else's: a thousand urls take 20 ms.
   * @throws CodedError `WRONG_ACCOUNT`, `UNKNOWN_SERVICE`, what is wrong with a url, `STORE_UNAVAILABLE`
   */
  async check(principal: Principal, entries: readonly CheckedEntry[]): Promise<readonly EntryAnswer[]> {
    const calls = await convertInTurns(entries, (entry) => {
      const accountId = parseAccountId(entry.accountId)
      authorizeAccount(principal, accountId)
      return this.#callOf(entry, accountId, principal)
    })
    const answers = await convertInTurns(calls, (call) => {
      const answer = this.#answer(call)
      // It may fail while later ones are still looked up.
      answer.catch(() => {})
      return answer
    })
    return Promise.all(answers)
  }

  async #answer(call: MappableCall | undefined): Promise<EntryAnswer> {
    if (call === undefined) return { doExist: false }
    try {
      return this.#answerOf(await this.#choice.choose(call))
    } catch (error) {
      if (isCodedError(error) && unusable.has(error.code)) return { doExist: false }
      throw error
    }
  }

  #answerOf(identity: CallIdentity): EntryAnswer {
    if (!isMapped(identity)) return { doExist: false }
    const { auth } = identity
    if (auth?.type !== 'oauth2') return { doExist: true, ...(auth && { targetAuth: auth.type }) }
    return { doExist: true, targetAuth: auth.type, token: told(this.#credentials.stateOf(identity, auth)) }
  }

  /** Undefined if it cannot be mapped, where that is no error. */
  #callOf({ serviceName, url }: CheckedEntry, accountId: AccountId, allowed: Principal): MappableCall | undefined {
    try {
      const serviceId = serviceName === undefined ? undefined : this.#services.resolve(String(serviceName)).number
      return { accountId, serviceId, allowed, url: parseTargetUrl(url).normalised }
    } catch (error) {
      const isFalse = this.#compatibility === 'liveperson' && isCodedError(error) && unmappable.has(error.code)
      if (isFalse) return undefined
      throw error
    }
  }
}

function told(token: ReturnType<TargetCredentials['stateOf']>): TokenState {
  if (token.state === 'none') return { state: 'none' }
  if (token.state === 'failed') {
    const { code, message } = token.failure
    return { state: 'failed', error: { code, message } }
  }
  const { until } = token
  return { state: 'held', ...(until !== undefined && { until: new Date(until).toISOString() }) }
}
