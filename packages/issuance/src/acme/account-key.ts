import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { IssuerError } from '../issuer-error.ts'

/** The key by which a server knows an ACME account. */
export interface AccountKey {
  readonly privateKey: KeyObject
  readonly algorithm: 'ES256' | 'ES384' | 'RS256'
  readonly jwk: Readonly<Record<string, string>>
  /** RFC 7638, base64url: it is the second half of what proves a name (RFC 8555 section 8.1). */
  readonly thumbprint: string
}

/** @throws IssuerError ISSUER_ACCOUNT_MISSING */
export function parseAccountKey(pem: string): AccountKey {
  const privateKey = readPrivateKey(pem)
  const algorithm = algorithmOf(privateKey)
  if (algorithm === undefined) throw unusable()
  const { kty, crv, x, y, n, e } = createPublicKey(privateKey).export({ format: 'jwk' })
  // In the order of RFC 7638: the members that the key needs, by name.
  const parts = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n }
  const jwk = Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, String(value)]))
  const thumbprint = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url')
  return { privateKey, algorithm, jwk, thumbprint }
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    // Without a cause: what OpenSSL says may hold part of what it read.
    throw unusable()
  }
}

/** Those that every server has to take, or commonly does. */
function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): AccountKey['algorithm'] | undefined {
  if (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048) return 'RS256'
  if (asymmetricKeyType !== 'ec') return undefined
  if (asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  return asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'ES384' : undefined
}

function unusable(): IssuerError {
  return new IssuerError(
    'ISSUER_ACCOUNT_MISSING',
    'The file with the ACME account key holds none that can be used: EC P-256, EC P-384, or RSA with 2048 bits or more, in unencrypted PEM.',
  )
}
