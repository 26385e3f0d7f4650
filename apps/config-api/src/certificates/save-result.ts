import { type AccountId, CodedError, type ErrorCode } from '@mtls-gateway/domain'
import { problemStatus } from '@mtls-gateway/service-kit'
import type { SavedOrFailed } from './certificate-onboarding.ts'
import { type CertificateView, viewSaved } from './certificate-view.ts'

/** The answer to a list of certificates; field names are those of the wire. */
export interface SaveResult {
  readonly successfulySavedCertificates: readonly CertificateView[]
  readonly failedSaveToVaultCertificates: readonly FailedCertificate[]
}

export interface FailedCertificate {
  readonly name: string
  readonly reason: string
  readonly code: ErrorCode
  /** What the key tester says of it, where that is why it failed. */
  readonly problems?: unknown
}

/**
 * The save result where anything was saved.
 * @throws CodedError where every one failed: with the code and status that they share, else `NOTHING_SAVED` (422);
 * the save result is in its details
 */
export function saveResult(account: AccountId, outcomes: readonly SavedOrFailed[]): SaveResult {
  const failures = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []))
  const result = {
    successfulySavedCertificates: outcomes.flatMap((outcome) =>
      'certificate' in outcome ? [viewSaved(account, outcome.certificate)] : [],
    ),
    failedSaveToVaultCertificates: failures.map(({ label, error }) => failedCertificate(label, error)),
  }
  const [first, ...rest] = failures
  if (!first || failures.length < outcomes.length) return result
  const shareStatus = rest.every(({ error }) => problemStatus[error.code] === problemStatus[first.error.code])
  throw new CodedError(
    shareStatus ? first.error.code : 'NOTHING_SAVED',
    rest.length === 0 ? first.error.message : `None of the ${outcomes.length} certificates could be saved.`,
    {
      details: { ...(rest.length === 0 ? first.error.details : {}), ...result },
      ...(first.error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: first.error.retryAfterSeconds }),
    },
  )
}

function failedCertificate(name: string, error: CodedError): FailedCertificate {
  const { problems } = error.details
  return { name, reason: error.message, code: error.code, ...(problems === undefined ? {} : { problems }) }
}
