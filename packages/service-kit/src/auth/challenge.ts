import { problemStatus } from '@mtls-gateway/contract'
import { CodedError } from '@mtls-gateway/domain'
import { type CredentialKind, wwwAuthenticate } from '@mtls-gateway/request-auth'

/** Adds the `WWW-Authenticate` of a resource that accepts these kinds, if the error's status calls for it. */
export function withChallenge(error: CodedError, kinds: readonly CredentialKind[]): CodedError {
  if (problemStatus[error.code] !== 401 && error.code !== 'SCOPE_MISSING') return error
  return new CodedError(error.code, error.message, {
    cause: error.cause,
    refusal: error.refusal,
    details: { ...error.details, wwwAuthenticate: wwwAuthenticate(kinds, error) },
  })
}
