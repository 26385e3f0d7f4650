import type { SubjectUsage } from '@mtls-gateway/coordination'
import { type Certificate, certificateUse, endOf } from '@mtls-gateway/domain'

const dayMs = 86_400_000

/** A certificate that ends soon, and what would end with it. */
export interface ExpiringCertificate {
  readonly certificate: Certificate
  /** In the last 90 days, or since it was used first after such a pause. */
  readonly calls: number
  /** Milliseconds since 1970; undefined: it was not used. */
  readonly lastUsedAt: number | undefined
}

/**
 * Those in use that have ended or end within so many days: the ones with the most traffic first, then the ones that end
 * first.
 * @param now milliseconds since 1970
 */
export function expiringCertificates(
  certificates: readonly Certificate[],
  withinDays: number,
  used: ReadonlyMap<string, SubjectUsage>,
  now: number,
): readonly ExpiringCertificate[] {
  return certificates
    .filter((certificate) => endOf(certificate) <= now + withinDays * dayMs)
    .map((certificate) => {
      const usage = used.get(certificateUse(certificate.id))
      return { certificate, calls: usage?.calls ?? 0, lastUsedAt: usage?.lastUsedAt }
    })
    .sort((one, other) => other.calls - one.calls || endOf(one.certificate) - endOf(other.certificate))
}
