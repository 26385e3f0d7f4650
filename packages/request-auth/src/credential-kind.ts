import { CodedError } from '@mtls-gateway/domain'

/** The kinds of credentials that a resource can accept. */
export type CredentialKind = 'oauth1' | 'bearer' | 'certificate'

/** Those that are in the `Authorization` header. */
type HeaderKind = Exclude<CredentialKind, 'certificate'>

/** Those that a client can have for its proxy, which it sends no signature. */
export type ProxyCredentialKind = 'basic' | 'bearer'

const descriptions: Readonly<Record<CredentialKind, string>> = {
  oauth1: 'OAuth 1.0a (app key and secret)',
  bearer: 'a Bearer token (OAuth 2)',
  certificate: 'a client certificate in the TLS handshake',
}

/** What an `Authorization` header claims to be, judged by its scheme alone; undefined if there is none. */
export function credentialKind(authorization: string | undefined): HeaderKind | 'other' | undefined {
  if (authorization === undefined || !/^[^ \t]/.test(authorization)) return undefined
  if (/^oauth(?:[ \t]|$)/i.test(authorization)) return 'oauth1'
  return /^bearer(?:[ \t]|$)/i.test(authorization) ? 'bearer' : 'other'
}

/**
 * Decides how a request's credentials are verified, for the guard of resources and for the forward, which has none.
 *
 * @param taken what the resource accepts
 * @throws CodedError `CREDENTIALS_MISSING`, `CREDENTIAL_KIND_NOT_TAKEN` (401)
 */
export function takenKind(authorization: string | undefined, taken: readonly CredentialKind[]): HeaderKind {
  const kind = credentialKind(authorization)
  if (kind === undefined) throw credentialsMissing(taken)
  if (kind === 'other' || !taken.includes(kind)) throw credentialKindNotTaken(taken)
  return kind
}

/** By what a resource accepts: they say nothing of the request, and strangers cause as many as they like. */
const missing = new WeakMap<readonly CredentialKind[], CodedError>()

function credentialsMissing(taken: readonly CredentialKind[]): CodedError {
  const known = missing.get(taken)
  if (known !== undefined) return known
  const error = new CodedError('CREDENTIALS_MISSING', `There is no Authorization header. Send ${describe(taken)}.`, {
    details: { accepted: taken },
    refusal: { reason: 'credentials-missing' },
  })
  missing.set(taken, error)
  return error
}

function credentialKindNotTaken(taken: readonly CredentialKind[]): CodedError {
  return new CodedError(
    'CREDENTIAL_KIND_NOT_TAKEN',
    `This resource does not accept credentials of this kind. Send ${describe(taken)}.`,
    { details: { accepted: taken }, refusal: { reason: 'credential-kind-not-taken' } },
  )
}

function describe(kinds: readonly CredentialKind[]): string {
  return kinds.map((kind) => descriptions[kind]).join(' or ')
}
