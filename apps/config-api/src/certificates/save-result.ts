import {
  type Certificate,
  type FailedCertificate,
  problemStatus,
  type ReportedProblem,
  type SaveResult,
} from '@mtls-gateway/contract'
import { type AccountId, CodedError } from '@mtls-gateway/domain'
import { viewSaved } from './certificate-view.ts'
import type { Saved, SavedOrFailed } from './upload/certificate-onboarding.ts'

/**
 * The save result, if anything was saved.
 * @throws CodedError if every entry failed: with the code and status that they share, or else `NOTHING_SAVED` (422).
 *   Its details have the save result.
 */
export function saveResult(account: AccountId, outcomes: readonly SavedOrFailed[]): SaveResult {
  const failures = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []))
  const result = {
    successfulySavedCertificates: outcomes.flatMap((outcome) =>
      'certificate' in outcome ? [viewReplaced(account, outcome)] : [],
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

/** With what differs from the version that it has replaced. */
function viewReplaced(account: AccountId, { certificate, differences }: Saved): Certificate {
  const { previous, ...view } = viewSaved(account, certificate)
  return { ...view, ...(previous && { previous: { ...previous, ...(differences && { differences }) } }) }
}

function failedCertificate(name: string, error: CodedError): FailedCertificate {
  // The report of the key tester, if the file itself is at fault.
  const problems = error.details.problems as readonly ReportedProblem[] | undefined
  return { name, reason: error.message, code: error.code, ...(problems === undefined ? {} : { problems }) }
}
