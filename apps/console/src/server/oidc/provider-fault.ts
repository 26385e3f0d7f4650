import { CodedError } from '@mtls-gateway/domain'
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client'

/** Codes of openid-client for a provider that does not answer, or not as one. */
const outages = ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON']

/**
 * What a failure at the identity provider means for whoever signs in. Its own words stay in the log: they are for
 * operators, and anyone could have written them into the url of the way back.
 */
export function providerFault(cause: unknown, step: 'sign-in' | 'refresh'): CodedError {
  if (cause instanceof AuthorizationResponseError) {
    return new CodedError('SIGN_IN_REFUSED', 'The identity provider has refused the sign-in.', {
      cause: new Error(`The provider says ${cause.error}: ${cause.error_description ?? 'nothing more'}`),
    })
  }
  if (cause instanceof ResponseBodyError && cause.status < 500) return refused(cause, step)
  const isOutage = !(cause instanceof ClientError) || outages.includes(cause.code ?? '')
  if (isOutage) {
    const sentence = 'The identity provider does not answer. Try again in a moment.'
    return new CodedError('IDENTITY_PROVIDER_UNAVAILABLE', sentence, { cause, retryAfterSeconds: 5 })
  }
  return new CodedError('SIGN_IN_REFUSED', 'The identity provider has answered the sign-in with something else.', {
    cause,
  })
}

function refused(cause: ResponseBodyError, step: 'sign-in' | 'refresh'): CodedError {
  if (cause.error !== 'invalid_grant') {
    const sentence = 'The identity provider refuses the console itself. Tell its operator.'
    return new CodedError('SIGN_IN_REFUSED', sentence, { cause })
  }
  return step === 'refresh'
    ? new CodedError('SESSION_REQUIRED', 'The identity provider has ended the session. Sign in again.', { cause })
    : new CodedError('SIGN_IN_EXPIRED', 'The sign-in took too long. Sign in again.', { cause })
}
