import type { CertificateQuery } from '@mtls-gateway/contract'
import { type Certificate, endOf, isRequested } from '@mtls-gateway/domain'
import { holds } from '../http/search.ts'
import { certificateStatus } from './certificate-view.ts'
import type { KeyPresence } from './versions/version-view.ts'

const dayMs = 86_400_000

/** Which certificates a query asks for. @param keys `now`: milliseconds since 1970 */
export function certificateFilter(
  { clientAuth, status, search, ids, expiringWithinDays }: CertificateQuery,
  keys: KeyPresence & { readonly now: number },
): (certificate: Certificate) => boolean {
  const isFound = search === undefined ? undefined : holds(search)
  const until = expiringWithinDays === undefined ? undefined : keys.now + expiringWithinDays * dayMs
  return (certificate) =>
    (ids === undefined || ids.has(certificate.id)) &&
    (until === undefined || endOf(certificate) <= until) &&
    (clientAuth === undefined || certificate.current?.clientAuth === clientAuth) &&
    (status === undefined || certificateStatus(certificate, keys) === status) &&
    (isFound === undefined || isFound(certificate.name) || isFound(subjectOf(certificate)))
}

/** The subject of the version in use, or the requested one while there is none. */
function subjectOf({ current, staged }: Certificate): string {
  return current?.subject ?? (staged && isRequested(staged) ? staged.subject : '')
}
