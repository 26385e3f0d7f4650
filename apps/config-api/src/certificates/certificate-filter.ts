import type { CertificateQuery } from '@mtls-gateway/contract'
import { type Certificate, isRequested } from '@mtls-gateway/domain'
import { holds } from '../http/search.ts'
import { certificateStatus } from './certificate-view.ts'
import type { KeyPresence } from './versions/version-view.ts'

/** Which certificates a query asks for. */
export function certificateFilter(
  { clientAuth, status, search }: CertificateQuery,
  keys: KeyPresence,
): (certificate: Certificate) => boolean {
  const isFound = search === undefined ? undefined : holds(search)
  return (certificate) =>
    (clientAuth === undefined || certificate.current?.clientAuth === clientAuth) &&
    (status === undefined || certificateStatus(certificate, keys) === status) &&
    (isFound === undefined || isFound(certificate.name) || isFound(subjectOf(certificate)))
}

/** The subject of the version in use, or the requested one while there is none. */
function subjectOf({ current, staged }: Certificate): string {
  return current?.subject ?? (staged && isRequested(staged) ? staged.subject : '')
}
