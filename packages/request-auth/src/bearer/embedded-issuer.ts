import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { type AccountId, CodedError, type Scope } from '@mtls-gateway/domain'
import { type JSONWebKeySet, SignJWT } from 'jose'

/** Issuer and audience of the tokens of the {@link EmbeddedIssuer}. */
export const embeddedIssuerName = 'mtls-gateway'

export interface TokenRequest {
  readonly subject: string
  readonly accounts: readonly AccountId[] | '*'
  readonly scopes: readonly Scope[]
  readonly expiresInSeconds: number
}

export interface EmbeddedIssuerOptions {
  /** From {@link generateIssuerKey}. */
  readonly key: Uint8Array
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Issues Bearer tokens if no issuer is configured: for a laptop, the demo or a small installation. */
export class EmbeddedIssuer {
  readonly #privateKey: KeyObject
  readonly #publicJwk: JsonWebKey
  readonly #keyId: string
  readonly #clock: () => number

  /** @throws CodedError `CONFIGURATION_INVALID`: the key is not one of {@link generateIssuerKey} */
  constructor({ key, clock }: EmbeddedIssuerOptions) {
    this.#privateKey = parseKey(key)
    this.#publicJwk = createPublicKey(this.#privateKey).export({ format: 'jwk' })
    this.#keyId = thumbprint(this.#publicJwk)
    this.#clock = clock
  }

  /** A JWT, signed with ES256. */
  issue({ subject, accounts, scopes, expiresInSeconds }: TokenRequest): Promise<string> {
    const now = Math.floor(this.#clock() / 1_000)
    const claims = {
      iss: embeddedIssuerName,
      aud: embeddedIssuerName,
      sub: subject,
      iat: now,
      exp: now + expiresInSeconds,
      accounts,
      scope: scopes.join(' '),
    }
    return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: this.#keyId }).sign(this.#privateKey)
  }

  publicJwks(): JSONWebKeySet {
    const { kty = '', crv = '', x = '', y = '' } = this.#publicJwk
    return { keys: [{ kty, crv, x, y, kid: this.#keyId, alg: 'ES256', use: 'sig' }] }
  }
}

/** A new key for an {@link EmbeddedIssuer}, as a JWK in UTF-8; the caller keeps it in a file that only it can read. */
export function generateIssuerKey(): Uint8Array {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return Buffer.from(`${JSON.stringify(privateKey.export({ format: 'jwk' }))}\n`)
}

function parseKey(bytes: Uint8Array): KeyObject {
  try {
    const key = createPrivateKey({ key: JSON.parse(Buffer.from(bytes).toString('utf8')), format: 'jwk' })
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  } catch {
    // Reported below without a cause: parsers' messages quote their input.
  }
  throw new CodedError(
    'CONFIGURATION_INVALID',
    "The token issuer's key is not a private P-256 key as a JWK. Restore the file, or delete it to have a new one made.",
  )
}

/** RFC 7638: SHA-256 of the required members in alphabetical order. */
function thumbprint({ crv, kty, x, y }: JsonWebKey): string {
  return hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url')
}
