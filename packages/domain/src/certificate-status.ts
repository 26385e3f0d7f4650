import type { Certificate, Mapping } from './account.ts'
import type { ErrorCode } from './error-codes.ts'

/** `now` in milliseconds since 1970. */
export function isExpired(certificate: Certificate, now: number): boolean {
  return Date.parse(certificate.current.notAfter) <= now
}

/**
 * Why a mapping that exists can't be used, or undefined if it can. Such a call is an error, never plain TLS.
 * `now` in milliseconds since 1970.
 */
export function unusableReason(mapping: Mapping, certificate: Certificate, now: number): ErrorCode | undefined {
  if (!mapping.enable) return 'MAPPING_DISABLED'
  if (isExpired(certificate, now)) return 'CLIENT_CERTIFICATE_EXPIRED'
  return undefined
}
