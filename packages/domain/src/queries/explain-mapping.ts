import type { Account } from '../account/account.ts'
import { settingsOf, type UnmappedPolicy } from '../account/settings.ts'
import type { Certificate, CertificateVersion } from '../certificates/certificate.ts'
import { usableVersion } from '../certificates/certificate-status.ts'
import type { ErrorCode } from '../errors/error-codes.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { MappingIndex } from '../mappings/mapping-index.ts'
import { hostOf, isUrlPattern } from '../mappings/mapping-url.ts'
import { signatureAlgorithmFor } from '../mappings/message-signature.ts'
import { isForHost } from '../mappings/target-auth.ts'
import type { TargetUrl } from '../mappings/target-url.ts'
import { type NearMiss, nearMisses } from './near-misses.ts'

/** What becomes of a call, and why. */
export interface MappingExplanation {
  /** Undefined where the call is unmapped, or has to name its service. */
  readonly match: MappingMatch | undefined
  /** Several mappings, of different services, from which a call that names none would have to choose. */
  readonly candidates: readonly Mapping[]
  /** What the account does with unmapped calls. */
  readonly unmapped: UnmappedPolicy
  readonly nearMisses: readonly NearMiss[]
}

export interface MappingMatch {
  readonly mapping: Mapping
  readonly by: 'exact' | 'pattern'
  readonly certificate: Certificate
  /** Why the mapping can't be used: the call fails with it, and never goes out without the certificate. */
  readonly problem: ErrorCode | undefined
}

/**
 * `serviceId` is the service's number, undefined for a call that names none; `now` in milliseconds since 1970. Looks at
 * the account and at nothing else in the store. It takes 10 us a mapping with a long url, so it pauses after each of
 * them.
 */
export function* explainMapping(
  account: Account,
  serviceId: string | undefined,
  url: TargetUrl,
  now: number,
): Generator<undefined, MappingExplanation> {
  const index = new MappingIndex()
  for (const mapping of account.mappings) {
    if (serviceId === undefined || mapping.serviceId === serviceId) index.add(mapping)
    yield
  }
  const named = serviceId === undefined ? undefined : index.find(serviceId, url)
  const found = serviceId === undefined ? index.findOfAnyService(url) : named ? [named] : []
  const [mapping] = found.length === 1 ? found : []
  return {
    match: mapping && matchOf(account, mapping, now),
    candidates: found.length > 1 ? found : [],
    unmapped: settingsOf(account).unmappedCalls,
    nearMisses: yield* nearMisses(account.mappings, serviceId, url, found),
  }
}

function matchOf({ certificates }: Account, mapping: Mapping, now: number): MappingMatch {
  const certificate = certificates.find(({ id }) => id === mapping.certificateId)
  if (!certificate) throw new TypeError('a mapping never dangles')
  const by = isUrlPattern(mapping.url) ? 'pattern' : 'exact'
  const usable = usableVersion(mapping, certificate, now)
  const problem = 'problem' in usable ? usable.problem : beyondCertificate(certificates, mapping, usable.version, now)
  return { mapping, by, certificate, problem }
}

function beyondCertificate(
  certificates: readonly Certificate[],
  { url, targetAuth, messageSignature, certificateId: own }: Mapping,
  presented: CertificateVersion,
  now: number,
): ErrorCode | undefined {
  if (targetAuth !== undefined && !isForHost(targetAuth, hostOf(url))) return 'TARGET_SECRET_MISSING'
  if (messageSignature === undefined) return undefined
  const { certificateId = own } = messageSignature
  const version = certificateId === own ? presented : signingVersion(certificates, certificateId, now)
  if (version === undefined) return 'SIGNATURE_CERTIFICATE_UNUSABLE'
  return signatureAlgorithmFor(messageSignature, version.keyType) === undefined ? 'SIGNATURE_KEY_UNFIT' : undefined
}

function signingVersion(
  certificates: readonly Certificate[],
  signing: CertificateId,
  now: number,
): CertificateVersion | undefined {
  const certificate = certificates.find(({ id }) => id === signing)
  const usable = certificate && usableVersion({ enable: true }, certificate, now)
  return usable && 'version' in usable ? usable.version : undefined
}
