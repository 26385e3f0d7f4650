import type { Account } from '../account/account.ts'
import { settingsOf, type UnmappedPolicy } from '../account/settings.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { usableVersion } from '../certificates/certificate-status.ts'
import type { ErrorCode } from '../errors/error-codes.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { MappingIndex } from '../mappings/mapping-index.ts'
import { isUrlPattern } from '../mappings/mapping-url.ts'
import type { TargetUrl } from '../mappings/target-url.ts'
import { type NearMiss, nearMisses } from './near-misses.ts'

/** What becomes of a call, and why. */
export interface MappingExplanation {
  /** Undefined where the call is unmapped. */
  readonly match: MappingMatch | undefined
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
 * `serviceId` is the service's number, `now` in milliseconds since 1970. Looks at the account and at nothing else in
 * the store. It takes 10 us a mapping with a long url, so it pauses after each of them.
 */
export function* explainMapping(
  account: Account,
  serviceId: string,
  url: TargetUrl,
  now: number,
): Generator<undefined, MappingExplanation> {
  const index = new MappingIndex()
  for (const mapping of account.mappings) {
    if (mapping.serviceId === serviceId) index.add(mapping)
    yield
  }
  const mapping = index.find(serviceId, url)
  return {
    match: mapping && matchOf(account, mapping, now),
    unmapped: settingsOf(account).unmappedCalls,
    nearMisses: yield* nearMisses(account.mappings, serviceId, url, mapping),
  }
}

function matchOf({ certificates }: Account, mapping: Mapping, now: number): MappingMatch {
  const certificate = certificates.find(({ id }) => id === mapping.certificateId)
  if (!certificate) throw new TypeError('a mapping never dangles')
  const by = isUrlPattern(mapping.url) ? 'pattern' : 'exact'
  const usable = usableVersion(mapping, certificate, now)
  return { mapping, by, certificate, problem: 'problem' in usable ? usable.problem : undefined }
}
