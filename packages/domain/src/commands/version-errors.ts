import type { CertificateVersion } from '../certificates/certificate.ts'
import { isExpired } from '../certificates/certificate-status.ts'
import { CodedError } from '../errors/coded-error.ts'
import { readableTime } from '../limits/readable-time.ts'

export function stagedNotFound(): CodedError {
  return new CodedError('STAGED_NOT_FOUND', 'Nothing is staged for this certificate. Stage its next version first.')
}

export function stagedPending(): CodedError {
  return new CodedError(
    'STAGED_PENDING',
    'What is staged waits for its signature. Have the request signed by a CA and upload the answer first.',
  )
}

export function previousNotFound(): CodedError {
  return new CodedError('PREVIOUS_NOT_FOUND', 'This certificate has no previous version, or it was dropped.')
}

/** Somebody else's change of the same certificate came first. */
export function versionChanged(): CodedError {
  return new CodedError(
    'VERSION_CHANGED',
    'Another request changed the versions of this certificate meanwhile. Look at the certificate, then decide again.',
  )
}

export function promotionUnderway(): CodedError {
  return new CodedError(
    'PROMOTION_UNDERWAY',
    'Some mappings of this certificate present this version while others do not. Promote it for the others, or roll those mappings back, then try again.',
  )
}

/** @throws CodedError `CERTIFICATE_EXPIRED`: every call would fail with it */
export function refuseExpired(version: Pick<CertificateVersion, 'notAfter'>, at: string): void {
  if (!isExpired(version, Date.parse(at))) return
  const message = `That version expired on ${readableTime(version.notAfter)}: calls with it would fail. Stage a new one.`
  throw new CodedError('CERTIFICATE_EXPIRED', message)
}
