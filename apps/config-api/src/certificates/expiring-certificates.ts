import type { SubjectUsage } from '@mtls-gateway/coordination'
import { type Certificate, certificateUse, endOf } from '@mtls-gateway/domain'

const dayMs = 86_400_000

/** A certificate that expires soon, and what uses it. */
export interface ExpiringCertificate {
  readonly certificate: Certificate
  /** In the last 90 days, or since its first use after a pause of 90 days. */
  readonly calls: number
  /** Milliseconds since 1970; undefined if it was not used. */
  readonly lastUsedAt: number | undefined
}

/**
 * Certificates in use that have expired or will within that many days. Those with the most traffic come first, then
 * those that expire first.
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
