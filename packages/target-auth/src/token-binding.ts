/** What a token is bound to: a certificate, nothing, or nobody but its issuer can tell. */
export type TokenBinding =
  | { readonly kind: 'certificate'; readonly fingerprintSha256: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'opaque' }

/**
 * The certificate that a token is for, where it is a JWT (RFC 8705 section 3.1). Nothing of it is verified: that is up
 * to the target.
 */
export function bindingOf(token: string): TokenBinding {
  const claims = claimsOf(token)
  if (claims === undefined) return { kind: 'opaque' }
  const { cnf } = claims
  const thumbprint = typeof cnf === 'object' && cnf !== null && 'x5t#S256' in cnf ? cnf['x5t#S256'] : undefined
  if (typeof thumbprint !== 'string') return { kind: 'none' }
  return { kind: 'certificate', fingerprintSha256: Buffer.from(thumbprint, 'base64url').toString('hex') }
}

function claimsOf(token: string): { readonly cnf?: unknown } | undefined {
  const [, claims, signature, ...more] = token.split('.')
  if (claims === undefined || signature === undefined || more.length > 0) return undefined
  try {
    const parsed: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}
