import type { Account } from '../account/account.ts'
import type { Certificate, CertificateVersion, IdleVersion } from '../certificates/certificate.ts'
import type { CertificateId, MappingId, RecordId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'

/** What a mapping presents since a promotion of late, which its plan takes back if the target refuses it. */
export interface WatchedPromotion {
  readonly certificateId: CertificateId
  readonly mappingId: MappingId
  readonly version: RecordId
  /** Milliseconds since 1970. */
  readonly since: number
}

/** How the calls of a mapping went. Times in milliseconds since 1970. */
export interface ObservedCalls {
  readonly succeededAt?: number | undefined
  /** When the first call failed since the last success. */
  readonly failingSince?: number | undefined
  readonly failuresInARow: number
}

const dayMs = 86_400_000
/** A target may close a connection once for a reason of its own. */
const failuresOfRefusal = 3
/** Calls under way at a promotion end with the version before, and forwarders have clocks of their own. */
const overlapMs = 5_000

/** The promotions of the last day that may be taken back. @param now milliseconds since 1970 */
export function watchedPromotions(
  { certificates, mappings }: Pick<Account, 'certificates' | 'mappings'>,
  now: number,
): readonly WatchedPromotion[] {
  const watched = new Map(certificates.flatMap((each) => (mayGoBack(each, now) ? [[each.id, each] as const] : [])))
  if (watched.size === 0) return []
  return mappings.flatMap((mapping) => {
    const certificate = watched.get(mapping.certificateId)
    const promoted = certificate && promotionOf(mapping, certificate)
    if (!promoted || now - promoted.since > dayMs) return []
    return [{ certificateId: mapping.certificateId, mappingId: mapping.id, ...promoted }]
  })
}

/** What a mapping presented before its promotion. */
export function versionBefore(
  { current, previous, pinned = [] }: Certificate,
  { version }: Pick<WatchedPromotion, 'version'>,
): CertificateVersion | IdleVersion | undefined {
  return pinned.some(({ versionId }) => versionId === version) ? current : previous
}

/**
 * Whether a target that took the version before takes none of the calls with this one. One that was failing already at
 * the promotion, or that has taken this version once, fails for another reason.
 */
export function refusesPromoted(
  { succeededAt, failingSince, failuresInARow }: ObservedCalls,
  { since }: Pick<WatchedPromotion, 'since'>,
): boolean {
  if (failuresInARow < failuresOfRefusal || succeededAt === undefined || failingSince === undefined) return false
  const tookTheOneBefore = succeededAt > since - dayMs && succeededAt < since + overlapMs
  return tookTheOneBefore && failingSince > since - overlapMs
}

function mayGoBack({ plan, current, previous, pinned }: Certificate, now: number): boolean {
  if (plan?.rollBack !== 'auto' || !current) return false
  return pinned !== undefined || (previous !== undefined && now - Date.parse(previous.replacedAt) <= dayMs)
}

function promotionOf(
  { enable, pinned, promotion }: Mapping,
  { current, previous }: Certificate,
): Pick<WatchedPromotion, 'version' | 'since'> | undefined {
  if (!enable) return undefined
  if (pinned !== undefined) {
    const presents = promotion?.state === 'presents' && promotion.version === pinned
    return presents && promotion.code === undefined
      ? { version: pinned, since: Date.parse(promotion.since) }
      : undefined
  }
  if (!current || !previous) return undefined
  // Both were refused, or what is staged was.
  if (promotion?.code !== undefined && promotion.version === current.versionId) return undefined
  // What a rollback has put in use again is no promotion.
  if (previous.rolledBack) return undefined
  const isOf = promotion?.state === 'presents' && promotion.version === current.versionId
  return { version: current.versionId, since: Date.parse(isOf ? promotion.since : previous.replacedAt) }
}
