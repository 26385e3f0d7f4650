import { CodedError } from '@mtls-gateway/domain'

/** 400: what is wrong with the OAuth parameters, without their values. */
export function malformed(reason: string, parameter?: string): CodedError {
  return new CodedError('OAUTH_MALFORMED', `The OAuth 1.0a parameters are malformed: ${reason}.`, {
    details: parameter === undefined ? {} : { parameter },
    refusal: { reason: 'oauth-malformed' },
  })
}
