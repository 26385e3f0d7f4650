import type { CertificateQuery } from '@mtls-gateway/contract'
import { type Certificate, endOf, isRequested, type Mapping, planPosition, revocationOf } from '@mtls-gateway/domain'
import { holds } from '../http/search.ts'
import { certificateStatus } from './certificate-view.ts'
import type { KeyPresence } from './versions/version-view.ts'

const dayMs = 86_400_000

/** Which certificates a query asks for. @param keys `now`: milliseconds since 1970 */
export function certificateFilter(
  { clientAuth, status, search, ids, expiringWithinDays, issuer, keyType, revoked, plan }: CertificateQuery,
  keys: KeyPresence & { readonly now: number },
  mappings: readonly Mapping[],
): (certificate: Certificate) => boolean {
  const isFound = search === undefined ? undefined : holds(search)
  const until = expiringWithinDays === undefined ? undefined : keys.now + expiringWithinDays * dayMs
  const isPlanned = plan === undefined ? undefined : planFilter(plan, mappings, keys.now)
  return (certificate) =>
    (ids === undefined || ids.has(certificate.id)) &&
    (until === undefined || endOf(certificate) <= until) &&
    (issuer === undefined || certificate.current?.issuer === issuer) &&
    (keyType === undefined || keyTypeOf(certificate) === keyType) &&
    (revoked === undefined || String(revocationOf(certificate) !== undefined) === revoked) &&
    (clientAuth === undefined || certificate.current?.clientAuth === clientAuth) &&
    (status === undefined || certificateStatus(certificate, keys) === status) &&
    (isPlanned === undefined || isPlanned(certificate)) &&
    (isFound === undefined || isFound(certificate.name) || isFound(subjectOf(certificate)))
}

function planFilter(
  wanted: NonNullable<CertificateQuery['plan']>,
  mappings: readonly Mapping[],
  now: number,
): (certificate: Certificate) => boolean {
  const own = Map.groupBy(mappings, ({ certificateId }) => certificateId)
  return (certificate) => {
    const position = planPosition(certificate, own.get(certificate.id) ?? [], now)
    if (!position || wanted === 'none') return position === undefined && wanted === 'none'
    if (wanted === 'waiting') return position.waitsFor !== undefined
    if (wanted === 'failing') return position.attempts > 0
    return wanted === 'any' || position.state === wanted
  }
}

/** The subject of the version in use, or the requested one while there is none. */
function subjectOf({ current, staged }: Certificate): string {
  return current?.subject ?? (staged && isRequested(staged) ? staged.subject : '')
}

/** The type of the key in use, or of the one that waits for its first signature. */
function keyTypeOf({ current, staged }: Certificate): string | undefined {
  return current?.keyType ?? (staged && isRequested(staged) ? staged.keyType : undefined)
}
