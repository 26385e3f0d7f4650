import type { CertificateFilters } from '@mtls-gateway/contract'
import {
  type Certificate,
  endOf,
  isRequested,
  type Mapping,
  planPosition,
  planStanding,
  revocationOf,
} from '@mtls-gateway/domain'
import { holds } from '../http/search.ts'
import { certificateStatus } from './certificate-view.ts'
import type { KeyPresence } from './versions/version-view.ts'

const dayMs = 86_400_000

/** Which certificates a query asks for. @param keys `now`: milliseconds since 1970 */
export function certificateFilter(
  filters: CertificateFilters,
  keys: KeyPresence & { readonly now: number },
  mappings: readonly Mapping[],
): (certificate: Certificate) => boolean {
  const { clientAuth, status, search, ids, expiringWithinDays, expiresIn, issuer, keyType, revoked, plan } = filters
  const issuedBefore = filters.issuedBefore === undefined ? undefined : Date.parse(filters.issuedBefore)
  const isFound = search === undefined ? undefined : holds(search)
  const until = expiringWithinDays === undefined ? undefined : keys.now + expiringWithinDays * dayMs
  const isPlanned = plan === undefined ? undefined : planFilter(plan, mappings, keys.now)
  return (certificate) =>
    (ids === undefined || ids.has(certificate.id)) &&
    (until === undefined || endOf(certificate) <= until) &&
    (expiresIn === undefined || certificate.current?.notAfter.startsWith(expiresIn) === true) &&
    (issuedBefore === undefined || cameAt(certificate) < issuedBefore) &&
    (issuer === undefined || certificate.current?.issuer === issuer) &&
    (keyType === undefined || keyTypeOf(certificate) === keyType) &&
    (revoked === undefined || String(revocationOf(certificate) !== undefined) === revoked) &&
    (clientAuth === undefined || certificate.current?.clientAuth === clientAuth) &&
    (status === undefined || certificateStatus(certificate, keys) === status) &&
    (isPlanned === undefined || isPlanned(certificate)) &&
    (isFound === undefined || isFound(certificate.name) || isFound(subjectOf(certificate)))
}

function planFilter(
  wanted: NonNullable<CertificateFilters['plan']>,
  mappings: readonly Mapping[],
  now: number,
): (certificate: Certificate) => boolean {
  const own = Map.groupBy(mappings, ({ certificateId }) => certificateId)
  return (certificate) => {
    const position = planPosition(certificate, own.get(certificate.id) ?? [], now)
    if (!position || wanted === 'none') return position === undefined && wanted === 'none'
    return wanted === 'any' || planStanding(position) === wanted
  }
}

/** When the version in use came here, in milliseconds since 1970; NaN: there is none yet. */
function cameAt({ current }: Certificate): number {
  return Date.parse(current?.createdAt ?? '')
}

/** The subject of the version in use, or the requested one while there is none. */
function subjectOf({ current, staged }: Certificate): string {
  return current?.subject ?? (staged && isRequested(staged) ? staged.subject : '')
}

/** The type of the key in use, or of the one that waits for its first signature. */
function keyTypeOf({ current, staged }: Certificate): string | undefined {
  return current?.keyType ?? (staged && isRequested(staged) ? staged.keyType : undefined)
}
