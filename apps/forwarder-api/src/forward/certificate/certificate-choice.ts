import {
  type AccountId,
  type CertificateId,
  type CertificateVersion,
  CodedError,
  type ErrorCode,
  isCodedError,
  type MappingTrust,
  type TargetUrl,
  usableVersion,
} from '@mtls-gateway/domain'
import { andThen, isPromise, type MaybePromise } from '@mtls-gateway/event-loop'
import type { AccountIdentity, VersionedCredentials } from '@mtls-gateway/outbound'
import type { AccountReader, AccountSnapshot, IdentityReader } from '@mtls-gateway/registry'
import { isTrustMissing, type MappingTrusts } from './mapping-trusts.ts'

const sentences: Partial<Record<ErrorCode, string>> = {
  MAPPING_DISABLED: 'The mapping of this url is disabled. Enable it, or delete it to call without a certificate.',
  CLIENT_CERTIFICATE_EXPIRED: 'The client certificate mapped to this url has expired. Replace it.',
  CLIENT_CERTIFICATE_NOT_YET_VALID:
    'The client certificate mapped to this url is not valid yet. Wait for its notBefore, or replace it.',
  CERTIFICATE_PENDING_SIGNATURE:
    'The client certificate mapped to this url waits for its signature. Upload the signed certificate.',
}

/** An identity that presents a certificate. */
export interface MappedIdentity extends AccountIdentity {
  readonly credentials: VersionedCredentials
  readonly certificateId: CertificateId
}

/** What a mapping says about a call. */
interface Choice {
  readonly certificateId: CertificateId
  readonly version: CertificateVersion
  readonly trust: MappingTrust | undefined
}

/** What a certificate is chosen for. */
interface Call {
  readonly accountId: AccountId
  readonly serviceId: string
  readonly url: TargetUrl
}

/** How often the mapping of a call is looked up again. */
const maxLooks = 3

/** Which client certificate a call presents, and how its target is verified: the same for check mapping and forward. */
export class CertificateChoice {
  readonly #accounts: AccountReader
  readonly #identities: IdentityReader
  readonly #trusts: MappingTrusts

  constructor(accounts: AccountReader, identities: IdentityReader, trusts: MappingTrusts) {
    this.#accounts = accounts
    this.#identities = identities
    this.#trusts = trusts
  }

  /**
   * The identity to present; undefined if the url is definitely not mapped. Answers at once where all
   * is held.
   * @throws CodedError `MAPPING_DISABLED`, `CLIENT_CERTIFICATE_EXPIRED`, `CLIENT_CERTIFICATE_NOT_YET_VALID`,
   *   `CERTIFICATE_PENDING_SIGNATURE`, `CLIENT_KEY_MISSING`, `TARGET_UNREACHABLE` (the CA certificates of its
   *   targetTrust are missing): mapped but unusable, which is never plain TLS; `STORE_UNAVAILABLE`
   */
  choose(accountId: AccountId, serviceId: string, url: TargetUrl): MaybePromise<MappedIdentity | undefined> {
    return andThen(this.#accounts.get(accountId), (account) => {
      const choice = this.#choiceFor(account, serviceId, url)
      const identity = choice && this.#identity(accountId, choice)
      if (!choice || !isPromise(identity)) return identity
      return identity.catch((error: unknown) => this.#chooseAgain(choice, error, { accountId, serviceId, url }))
    })
  }

  /**
   * A change may have just purged what is missing, so the mapping is looked up again. If certificates are replaced one
   * after the other, the next one may be gone as well before it is read. The look-up is repeated as long as each gives
   * another certificate.
   */
  async #chooseAgain(choice: Choice, error: unknown, call: Call, looks = 1): Promise<MappedIdentity | undefined> {
    if (!isMissing(error)) throw error
    const { accountId, serviceId, url } = call
    const newer = this.#choiceFor(await this.#accounts.revalidate(accountId, 'missing-key'), serviceId, url)
    if (!newer) return undefined
    if (namesTheSame(newer, choice)) throw error
    try {
      return await this.#identity(accountId, newer)
    } catch (missing) {
      if (looks === maxLooks) throw missing
      return this.#chooseAgain(newer, missing, call, looks + 1)
    }
  }

  #choiceFor(account: AccountSnapshot | undefined, serviceId: string, url: TargetUrl): Choice | undefined {
    const mapping = account?.findMapping(serviceId, url)
    if (!account || !mapping) return undefined
    const certificate = account.findCertificate(mapping.certificateId)
    if (!certificate) throw new TypeError('a mapping never dangles')
    const usable = usableVersion(mapping, certificate, Date.now())
    if ('problem' in usable) throw new CodedError(usable.problem, sentences[usable.problem] ?? usable.problem)
    if (this.#accounts.isRevoked(account.accountId, usable.version.versionId)) {
      throw new CodedError(
        'CLIENT_KEY_MISSING',
        'The client certificate mapped to this url was deleted. Map another one.',
      )
    }
    return { certificateId: certificate.id, version: usable.version, trust: mapping.targetTrust }
  }

  /** A missing record shows only when it is read, so that is a rejection. */
  #identity(accountId: AccountId, { certificateId, version, trust }: Choice): MaybePromise<MappedIdentity> {
    const credentials = this.#identities.get(accountId, version)
    const targetTrust = trust && this.#trusts.get(accountId, trust)
    if (!isPromise(credentials) && !isPromise(targetTrust)) {
      return { accountId, certificateId, credentials, trust: targetTrust }
    }
    return Promise.all([credentials, targetTrust]).then(([credentials, trust]) => {
      return { accountId, certificateId, credentials, trust }
    })
  }
}

function isMissing(error: unknown): boolean {
  return isTrustMissing(error) || (isCodedError(error) && error.code === 'CLIENT_KEY_MISSING')
}

function namesTheSame(one: Choice, other: Choice): boolean {
  return one.version.versionId === other.version.versionId && one.trust?.caRecordId === other.trust?.caRecordId
}
