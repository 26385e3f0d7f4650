import { createHash, KeyObject } from 'node:crypto'
import type { PublicJwk, RequestKeyType, SigningAlgorithm } from '@mtls-gateway/domain'
import { generateKeyPair } from '../signing-request/key-pair.ts'

/** A key for JWS. */
export interface MadeSigningKey {
  /** PKCS#8 as PEM. */
  readonly privateKey: string
  readonly jwk: PublicJwk
  /** The thumbprint of the JWK (RFC 7638). */
  readonly kid: string
}

const keyTypes: Readonly<Record<SigningAlgorithm, RequestKeyType>> = {
  ES256: 'EC-P256',
  PS256: 'RSA-3072',
  RS256: 'RSA-3072',
  EdDSA: 'Ed25519',
}

/** Run it in a child: RSA keys can take seconds. */
export async function makeSigningKey(algorithm: SigningAlgorithm): Promise<MadeSigningKey> {
  const keys = await generateKeyPair(keyTypes[algorithm])
  const jwk = publicJwk(KeyObject.from(keys.publicKey))
  const kid = thumbprint(jwk)
  // Commands take it as an argument, and would read an option.
  if (kid.startsWith('-')) return makeSigningKey(algorithm)
  return { privateKey: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(), jwk, kid }
}

function publicJwk(key: KeyObject): PublicJwk {
  const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' })
  if (kty === undefined) throw new TypeError('a JWK has a type')
  const members = Object.entries({ crv, e, n, x, y }).filter(([, value]) => value !== undefined)
  return { kty, ...Object.fromEntries(members) }
}

/** All members of a public key of these types are required ones, which count in the order of their names. */
function thumbprint(jwk: PublicJwk): string {
  const members = Object.entries(jwk).sort(([one], [other]) => (one < other ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url')
}
