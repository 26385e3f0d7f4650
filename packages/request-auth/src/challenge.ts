import type { CodedError } from '@mtls-gateway/domain'
import type { CredentialKind, ProxyCredentialKind } from './credential-kind.ts'

const realm = 'realm="mtls-gateway"'

/**
 * The values of `WWW-Authenticate` for a 401, or for a 403 of a token that lacks a scope: one for each kind of
 * credentials that the resource accepts (RFC 5849 section 3.5.1, RFC 6750 section 3). Without credentials in the
 * request, they name no error. TLS asks for certificates by itself.
 */
export function wwwAuthenticate(kinds: readonly CredentialKind[], error?: CodedError): string[] {
  return kinds
    .filter((kind) => kind !== 'certificate')
    .map((kind) => (kind === 'oauth1' ? `OAuth ${realm}` : `Bearer ${realm}${bearerError(error)}`))
}

/** The values of `Proxy-Authenticate` for a 407 (RFC 9110 section 11.7.1). */
export function proxyAuthenticate(kinds: readonly ProxyCredentialKind[], error?: CodedError): string[] {
  return kinds.map((kind) =>
    kind === 'basic' ? `Basic ${realm}, charset="UTF-8"` : `Bearer ${realm}${bearerError(error)}`,
  )
}

function bearerError(error: CodedError | undefined): string {
  switch (error?.code) {
    case 'TOKEN_INVALID':
    case 'TOKEN_EXPIRED':
      return ', error="invalid_token"'
    case 'SCOPE_MISSING':
      return `, error="insufficient_scope", scope="${error.details.scope}"`
    default:
      return ''
  }
}
