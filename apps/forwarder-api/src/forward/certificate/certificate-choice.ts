import {
  type AccountId,
  type CertificateId,
  CodedError,
  type ErrorCode,
  hostOf,
  isCodedError,
  isForHost,
  type Mapping,
  type MappingId,
  type MappingTls,
  type MappingTrust,
  type MessageSignature,
  messageSignatureKey,
  type PresentableVersion,
  type RecordId,
  requestedVersion,
  type ServiceCatalogue,
  type SigningKey,
  serviceNameNeeded,
  type TargetAuth,
  type TargetUrl,
  targetAuthKey,
  tlsKey,
  trustKey,
  type UnmappedPolicy,
  usableVersion,
} from '@mtls-gateway/domain'
import { andThen, isPromise, type MaybePromise } from '@mtls-gateway/event-loop'
import type { AccountIdentity, VersionedCredentials } from '@mtls-gateway/outbound'
import type { AccountReader, AccountSnapshot, IdentityReader, TargetSecretReader } from '@mtls-gateway/registry'
import type { Principal } from '@mtls-gateway/request-auth'
import { isTrustMissing, type MappingTrusts } from './mapping-trusts.ts'

const sentences: Partial<Record<ErrorCode, string>> = {
  MAPPING_DISABLED: 'The mapping of this url is disabled. Enable it, or delete it to call without a certificate.',
  CLIENT_CERTIFICATE_EXPIRED: 'The client certificate mapped to this url has expired. Replace it.',
  CLIENT_CERTIFICATE_NOT_YET_VALID:
    'The client certificate mapped to this url is not valid yet. Wait for its notBefore, or replace it.',
  CERTIFICATE_PENDING_SIGNATURE:
    'The client certificate mapped to this url waits for its signature. Upload the signed certificate.',
  CERTIFICATE_VERSION_UNKNOWN:
    'The certificate of this call has no such version in use or staged. See its fingerprints, or leave LP-present-certificate out.',
}

/** An identity that presents a certificate. */
export interface MappedIdentity extends AccountIdentity {
  readonly credentials: VersionedCredentials
  readonly mappingId: MappingId
  /** The number of the mapping's service. */
  readonly serviceId: string
  readonly certificateId: CertificateId
  readonly fingerprintSha256: string
  /** What the mapping says; undefined: as for all targets. */
  readonly answerTimeoutMs: number | undefined
  /** What its target wants beside the certificate. */
  readonly auth: TargetAuth | undefined
  /** How its requests are signed; undefined: they are not. */
  readonly signing: CallSigning | undefined
  /** The header fields that come to, `[name, value, ...]`; undefined until it was completed with them. */
  readonly fields?: readonly string[]
}

/** How a request is signed, and by what. */
export interface CallSigning {
  readonly signature: MessageSignature
  /** Another one with all that is signed by another key. */
  readonly signerId: RecordId
  readonly signer: Signer
}

/** A version of a certificate, or the signing key of the account. */
export type Signer =
  | { readonly certificateId: CertificateId; readonly credentials: VersionedCredentials }
  | { readonly certificateId?: undefined; readonly key: SigningKey; readonly privateKey: string }

/** An identity without a certificate: the url is definitely not mapped. */
export interface UnmappedIdentity extends AccountIdentity {
  readonly credentials?: undefined
  /** What the account, in the state in which the url is not mapped, says about such calls. */
  readonly unmapped: UnmappedPolicy
}

export type CallIdentity = MappedIdentity | UnmappedIdentity

/** What a mapping says about a call. */
interface Choice {
  readonly mappingId: MappingId
  readonly serviceId: string
  readonly certificateId: CertificateId
  readonly version: PresentableVersion
  readonly trust: MappingTrust | undefined
  readonly tls: MappingTls | undefined
  readonly answerTimeoutMs: number | undefined
  readonly auth: TargetAuth | undefined
  readonly signing: ChosenSigning | undefined
}

interface ChosenSigning extends Omit<CallSigning, 'signer'> {
  readonly chosen: { readonly certificateId: CertificateId; readonly version: PresentableVersion } | SigningKey
}

/** What a certificate is chosen for. */
export type MappableCall = CallByUrl | CallOfMapping

interface CallByUrl extends CallOfAccount {
  /** The service's number; undefined: the call names none, and the url must be mapped for one alone. */
  readonly serviceId: string | undefined
  /** Which services the caller may call as, where the call names none; undefined: any. */
  readonly allowed?: Pick<Principal, 'services' | 'defaultService'> | undefined
  readonly url: TargetUrl
  readonly mappingId?: undefined
}

/** It is unmapped if there is no such mapping. */
interface CallOfMapping extends CallOfAccount {
  readonly mappingId: MappingId
}

interface CallOfAccount {
  readonly accountId: AccountId
  /** The fingerprint of the version to present, where the call asks for one; lower-case hex of the SHA-256. */
  readonly fingerprintSha256?: string | undefined
  /** Told of its mapping, before anything about its certificate refuses the call. Undefined if nobody asks. */
  readonly watch?: MappingWatch | undefined
}

export interface MappingWatch {
  isMappedBy(mapping: Pick<Mapping, 'id' | 'certificateId'>): void
}

/** How often a certificate is chosen that has been replaced by the time its key is read. */
const maxAttempts = 3
/** How often for a key that is missing. The first time is needed where the copy in use lacks the last changes. */
const maxNewer = 4

/**
 * Which client certificate a call presents, how its target is verified, and what is offered to it: the same for check
 * mapping and forward.
 */
export class CertificateChoice {
  readonly #accounts: AccountReader
  readonly #identities: IdentityReader
  readonly #trusts: MappingTrusts
  readonly #services: ServiceCatalogue
  readonly #secrets: TargetSecretReader

  constructor(
    accounts: AccountReader,
    identities: IdentityReader,
    trusts: MappingTrusts,
    services: ServiceCatalogue,
    secrets: TargetSecretReader,
  ) {
    this.#accounts = accounts
    this.#identities = identities
    this.#trusts = trusts
    this.#services = services
    this.#secrets = secrets
  }

  /**
   * The identity that a call presents if it is sent at once. Nothing is waited for where all that it needs is held.
   * After a wait, the account is asked again: what was read may have been replaced.
   * @throws CodedError `MAPPING_DISABLED`, `CLIENT_CERTIFICATE_EXPIRED`, `CLIENT_CERTIFICATE_NOT_YET_VALID`,
   *   `CERTIFICATE_PENDING_SIGNATURE`, `CERTIFICATE_VERSION_UNKNOWN`, `CLIENT_KEY_MISSING`, `TARGET_UNREACHABLE` (the
   *   CA certificates of its targetTrust are missing), `SIGNATURE_CERTIFICATE_UNUSABLE`, `SIGNING_KEY_MISSING`: mapped
   *   but unusable, which is never plain TLS; `SERVICE_NAME_MISSING`; `STORE_UNAVAILABLE`
   */
  choose(call: MappableCall): MaybePromise<CallIdentity> {
    const account = this.#accounts.get(call.accountId)
    const identity = isPromise(account) ? this.#chooseWhenRead(account, call) : this.#chooseIn(account, call)
    return isPromise(identity) ? this.#chosenAfterWait(identity, call) : identity
  }

  /**
   * Asked in the tick in which the call is sent: a new connection would outlive the revocation that ended the others.
   * @throws CodedError `CLIENT_KEY_MISSING`
   */
  refuseRevoked({ accountId, credentials }: AccountIdentity): void {
    if (!credentials || !this.#accounts.isRevoked(accountId, credentials.versionId)) return
    throw new CodedError('CLIENT_KEY_MISSING', 'The client certificate of this call was deleted. Map another one.')
  }

  async #chosenAfterWait(choosing: Promise<CallIdentity>, call: MappableCall): Promise<CallIdentity> {
    let identity = await choosing
    for (let attempts = 1; attempts <= maxAttempts; attempts++) {
      const account = await this.#accounts.get(call.accountId)
      if (this.#isChosenIn(account, identity, call)) return identity
      identity = await this.#chooseIn(account, call)
    }
    throw new CodedError(
      'CLIENT_KEY_MISSING',
      'The client certificate of this call changed repeatedly while its key was read. Try again.',
    )
  }

  #isChosenIn(account: AccountSnapshot | undefined, identity: CallIdentity, call: MappableCall): boolean {
    const choice = this.#choiceFor(account, call)
    if (!isMapped(identity)) {
      return !choice && (identity.unmapped === 'refuse' || unmappedIn(account, call).unmapped === 'plain')
    }
    if (choice?.version.versionId !== identity.credentials.versionId) return false
    const { trust, tls, auth, signing } = choice
    if (!isSignedAlike(signing, identity.signing)) return false
    if ((auth && targetAuthKey(auth)) !== (identity.auth && targetAuthKey(identity.auth))) return false
    if ((trust && trustKey(trust)) !== identity.trust?.key) return false
    return (tls && tlsKey(tls)) === (identity.tls && tlsKey(identity.tls))
  }

  async #chooseWhenRead(account: Promise<AccountSnapshot | undefined>, call: MappableCall): Promise<CallIdentity> {
    return this.#chooseIn(await account, call)
  }

  #chooseIn(account: AccountSnapshot | undefined, call: MappableCall): MaybePromise<CallIdentity> {
    const choice = this.#choiceFor(account, call)
    if (!choice) return this.#unmappedOrNewer(account, call)
    return this.#identityOf(choice, call)
  }

  /** The url may have been mapped a moment ago, in an account that changes so often that the copy lacks it. */
  #unmappedOrNewer(account: AccountSnapshot | undefined, call: MappableCall): MaybePromise<CallIdentity> {
    const current = this.#accounts.current(call.accountId)
    if (current === account) return unmappedIn(account, call)
    return andThen(current, (newer) => {
      const choice = this.#choiceFor(newer, call)
      return choice ? this.#identityOf(choice, call) : unmappedIn(newer, call)
    })
  }

  #identityOf(choice: Choice, call: MappableCall): MaybePromise<CallIdentity> {
    const identity = this.#identity(call.accountId, choice)
    return isPromise(identity) ? this.#identityOrNewer(identity, choice, call) : identity
  }

  /**
   * A change may have just purged what is missing, so the mapping is looked up again. If certificates are replaced one
   * after the other, the next one may be gone as well before it is read. The look-up is repeated as long as each gives
   * another certificate.
   */
  async #identityOrNewer(reading: Promise<MappedIdentity>, choice: Choice, call: MappableCall): Promise<CallIdentity> {
    let identity: MaybePromise<MappedIdentity> = reading
    let chosen = choice
    for (let looks = 0; ; looks++) {
      try {
        return await identity
      } catch (error) {
        if (!isMissing(error) || looks === maxNewer) throw error
        const account = await this.#accounts.revalidate(call.accountId, 'missing-key')
        const newer = this.#choiceFor(account, call)
        if (!newer) return unmappedIn(account, call)
        if (namesTheSame(newer, chosen)) throw error
        identity = this.#identity(call.accountId, newer)
        chosen = newer
      }
    }
  }

  #choiceFor(account: AccountSnapshot | undefined, call: MappableCall): Choice | undefined {
    if (!account) return undefined
    const { fingerprintSha256, watch } = call
    const mapping = this.#mappingFor(account, call)
    if (!mapping) return undefined
    watch?.isMappedBy(mapping)
    const certificate = account.findCertificate(mapping.certificateId)
    if (!certificate) throw new TypeError('a mapping never dangles')
    const now = Date.now()
    const usable =
      fingerprintSha256 === undefined
        ? usableVersion(mapping, certificate, now)
        : requestedVersion(mapping, certificate, fingerprintSha256, now)
    if ('problem' in usable) throw new CodedError(usable.problem, sentences[usable.problem] ?? usable.problem)
    if (this.#accounts.isRevoked(account.accountId, usable.version.versionId)) {
      throw new CodedError(
        'CLIENT_KEY_MISSING',
        'The client certificate mapped to this url was deleted. Map another one.',
      )
    }
    const { targetTrust, targetTls, targetAuth, messageSignature, answerTimeoutSeconds } = mapping
    if (targetAuth !== undefined && !isForHost(targetAuth, hostOf(mapping.url))) throw secretOfAnotherHost()
    const answerTimeoutMs = answerTimeoutSeconds && answerTimeoutSeconds * 1_000
    return {
      mappingId: mapping.id,
      serviceId: mapping.serviceId,
      certificateId: certificate.id,
      version: usable.version,
      trust: targetTrust,
      tls: targetTls,
      answerTimeoutMs,
      auth: targetAuth,
      signing: messageSignature && this.#signingFor(account, messageSignature, certificate.id, usable.version),
    }
  }

  /** @throws CodedError `SIGNATURE_CERTIFICATE_UNUSABLE`, `SIGNING_KEY_MISSING` */
  #signingFor(
    account: AccountSnapshot,
    signature: MessageSignature,
    own: CertificateId,
    presented: PresentableVersion,
  ): ChosenSigning {
    if (signature.signingKey) {
      const key = account.signingKey('message-signature')
      if (key === undefined) throw signingKeyMissing()
      return { signature, signerId: key.kid, chosen: key }
    }
    const { certificateId = own } = signature
    const by = (version: PresentableVersion) => {
      return { signature, signerId: version.versionId, chosen: { certificateId, version } }
    }
    if (certificateId === own) return by(presented)
    const certificate = account.findCertificate(certificateId)
    if (certificate === undefined) throw cannotSign('was deleted. Have another one sign')
    const usable = usableVersion({ enable: true }, certificate, Date.now())
    if ('problem' in usable) throw cannotSign(signingProblems[usable.problem] ?? `is unusable (${usable.problem})`)
    if (this.#accounts.isRevoked(account.accountId, usable.version.versionId)) {
      throw cannotSign('was deleted. Have another one sign')
    }
    return by(usable.version)
  }

  #mappingFor(account: AccountSnapshot, call: MappableCall): Mapping | undefined {
    if (call.mappingId !== undefined) return account.findMappingById(call.mappingId)
    const { serviceId, url } = call
    return serviceId === undefined ? this.#onlyMapping(account, call) : account.findMapping(serviceId, url)
  }

  /** Among those of the caller's services. @throws CodedError `SERVICE_NAME_MISSING` */
  #onlyMapping(account: AccountSnapshot, { url, allowed }: CallByUrl): Mapping | undefined {
    const mappings = account.findMappings(url, allowed?.services)
    if (mappings.length <= 1) return mappings[0]
    const byDefault = mappings.find(({ serviceId }) => serviceId === allowed?.defaultService)
    if (byDefault !== undefined) return byDefault
    throw serviceNameNeeded(mappings.map(({ serviceId }) => this.#services.numbered(serviceId)))
  }

  /** A missing record shows only when it is read, so that is a rejection. */
  #identity(
    accountId: AccountId,
    { mappingId, serviceId, certificateId, version, trust, tls, answerTimeoutMs, auth, signing }: Choice,
  ): MaybePromise<MappedIdentity> {
    const { fingerprintSha256 } = version
    const credentials = this.#identities.get(accountId, version)
    const targetTrust = trust && this.#trusts.get(accountId, trust)
    const signed = signing && this.#signing(accountId, signing)
    if (!isPromise(credentials) && !isPromise(targetTrust) && !isPromise(signed)) {
      return {
        accountId,
        mappingId,
        serviceId,
        certificateId,
        fingerprintSha256,
        credentials,
        trust: targetTrust,
        tls,
        answerTimeoutMs,
        auth,
        signing: signed,
      }
    }
    return Promise.all([credentials, targetTrust, signed]).then(([credentials, trust, signing]) => {
      const named = { accountId, mappingId, serviceId, certificateId, fingerprintSha256 }
      return { ...named, credentials, trust, tls, answerTimeoutMs, auth, signing }
    })
  }

  #signing(accountId: AccountId, { chosen, ...signing }: ChosenSigning): MaybePromise<CallSigning> {
    if ('version' in chosen) {
      const { certificateId, version } = chosen
      const signed = (credentials: VersionedCredentials) => ({ ...signing, signer: { certificateId, credentials } })
      return andThen(this.#identities.get(accountId, version), signed)
    }
    return andThen(this.#secrets.get(accountId, chosen.kid), (privateKey) => {
      if (privateKey === undefined) throw signingKeyMissing()
      return { ...signing, signer: { key: chosen, privateKey } }
    })
  }
}

export function isMapped(identity: CallIdentity): identity is MappedIdentity {
  return identity.credentials !== undefined
}

function unmappedIn(account: AccountSnapshot | undefined, { accountId }: MappableCall): UnmappedIdentity {
  return { accountId, unmapped: account?.unmappedCalls ?? 'plain' }
}

/** A release that does not know of secrets has changed the url. */
function secretOfAnotherHost(): CodedError {
  return new CodedError(
    'TARGET_SECRET_MISSING',
    'The secret of this mapping was set for another host. Update the mapping with its targetAuth.',
  )
}

const signingProblems: Partial<Record<ErrorCode, string>> = {
  CLIENT_CERTIFICATE_EXPIRED: 'has expired. Replace it',
  CLIENT_CERTIFICATE_NOT_YET_VALID: 'is not valid yet. Wait for its notBefore, or replace it',
  CERTIFICATE_PENDING_SIGNATURE: 'is not signed yet. Upload the signed certificate',
}

function cannotSign(why: string): CodedError {
  return new CodedError('SIGNATURE_CERTIFICATE_UNUSABLE', `The certificate that signs calls to this url ${why}.`)
}

export function signingKeyMissing(): CodedError {
  return new CodedError(
    'SIGNING_KEY_MISSING',
    'The signing key that this call needs is missing from the store. Create another one, and activate it.',
  )
}

function isSignedAlike(one: ChosenSigning | undefined, other: CallSigning | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  if (one.signerId !== other.signerId) return false
  return messageSignatureKey(one.signature) === messageSignatureKey(other.signature)
}

function isMissing(error: unknown): boolean {
  if (isTrustMissing(error)) return true
  return isCodedError(error) && (error.code === 'CLIENT_KEY_MISSING' || error.code === 'SIGNING_KEY_MISSING')
}

function namesTheSame(one: Choice, other: Choice): boolean {
  return (
    one.version.versionId === other.version.versionId &&
    one.signing?.signerId === other.signing?.signerId &&
    one.trust?.caRecordId === other.trust?.caRecordId
  )
}
