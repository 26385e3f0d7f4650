import { CodedError } from '@mtls-gateway/domain'

/** The kinds of credentials that a resource can take. */
export type CredentialKind = 'oauth1' | 'bearer'

const descriptions: Readonly<Record<CredentialKind, string>> = {
  oauth1: 'OAuth 1.0a (app key and secret)',
  bearer: 'a Bearer token (OAuth 2)',
}

/** What an `Authorization` header claims to be, by its scheme alone; undefined where there is none. */
export function credentialKind(authorization: string | undefined): CredentialKind | 'other' | undefined {
  if (authorization === undefined || !/^[^ \t]/.test(authorization)) return undefined
  if (/^oauth(?:[ \t]|$)/i.test(authorization)) return 'oauth1'
  return /^bearer(?:[ \t]|$)/i.test(authorization) ? 'bearer' : 'other'
}

/** 401: the request has no credentials, and the resource takes these kinds. */
export function credentialsMissing(taken: readonly CredentialKind[]): CodedError {
  return new CodedError('CREDENTIALS_MISSING', `There is no Authorization header. Send ${describe(taken)}.`, {
    details: { accepted: taken },
  })
}

/** 401: the credentials are of a kind that the resource does not take; it takes these. */
export function credentialKindNotTaken(taken: readonly CredentialKind[]): CodedError {
  return new CodedError(
    'CREDENTIAL_KIND_NOT_TAKEN',
    `This resource does not take credentials of this kind. Send ${describe(taken)}.`,
    { details: { accepted: taken } },
  )
}

function describe(kinds: readonly CredentialKind[]): string {
  return kinds.map((kind) => descriptions[kind]).join(' or ')
}
