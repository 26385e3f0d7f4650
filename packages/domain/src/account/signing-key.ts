import type { RecordId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import type { MessageSignature, SignatureAlgorithm, SignatureScheme } from '../mappings/message-signature.ts'
import type { SigningAlgorithm, SigningKeyState, SigningKeyUse } from './signing-key-words.ts'

/** What everybody may know of a key: the members of its JWK that its type needs (RFC 7518 section 6, RFC 8037). */
export interface PublicJwk {
  readonly kty: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
}

/** A key that was made here. Its private part is a record below `target-secrets`, named by `kid`. */
export interface SigningKey {
  /** The thumbprint of the key (RFC 7638). */
  readonly kid: RecordId
  readonly use: SigningKeyUse
  readonly algorithm: SigningAlgorithm
  readonly jwk: PublicJwk
  /** ISO 8601 in UTC, as the others. */
  readonly createdAt: string
  /** As the audit has it. */
  readonly createdBy: string
  /** When it began to sign the last time; absent: it never has. */
  readonly activatedAt?: string
  /** When another took its place; absent: none has since. */
  readonly retiredAt?: string
}

export function signingKeyState({ activatedAt, retiredAt }: SigningKey): SigningKeyState {
  if (retiredAt !== undefined) return 'retired'
  return activatedAt === undefined ? 'published' : 'active'
}

/** The one key of a use that signs. */
export function activeSigningKey(
  { signingKeys = [] }: { readonly signingKeys?: readonly SigningKey[] },
  use: SigningKeyUse,
): SigningKey | undefined {
  return signingKeys.find((key) => key.use === use && signingKeyState(key) === 'active')
}

/** Which keys of its account calls of a mapping need. */
export function neededSigningKeys({
  targetAuth,
  messageSignature,
}: Pick<Mapping, 'targetAuth' | 'messageSignature'>): readonly SigningKeyUse[] {
  const isByAssertion = targetAuth?.type === 'oauth2' && targetAuth.method === 'private_key_jwt'
  return [
    ...(isByAssertion ? (['client-authentication'] as const) : []),
    ...(messageSignature?.signingKey ? (['message-signature'] as const) : []),
  ]
}

/** By scheme: how what signs for an account is called there, for its JWK names one algorithm, and no other fits. */
const ofSigningKeys: Readonly<Record<SignatureScheme, Partial<Record<SigningAlgorithm, SignatureAlgorithm>>>> = {
  cavage: { RS256: 'rsa-sha256', ES256: 'ecdsa-sha256' },
  jws: { PS256: 'PS256', RS256: 'RS256', ES256: 'ES256', EdDSA: 'EdDSA' },
  rfc9421: { RS256: 'rsa-v1_5-sha256', ES256: 'ecdsa-p256-sha256', EdDSA: 'ed25519' },
}

/**
 * By which algorithm a signing key of the account signs; undefined: by none of this signature.
 * @param own what its JWK is for
 */
export function signingKeyAlgorithmFor(
  { scheme, algorithm }: Pick<MessageSignature, 'scheme' | 'algorithm'>,
  own: SigningAlgorithm,
): SignatureAlgorithm | undefined {
  const fitting = ofSigningKeys[scheme][own]
  return algorithm === undefined || algorithm === fitting ? fitting : undefined
}

/** Why a signing key of the account cannot sign. */
export function unfitSigningKeySentence({ scheme, algorithm }: MessageSignature, own: SigningAlgorithm): string {
  const fitting = Object.entries(ofSigningKeys[scheme]).flatMap(([key, name]) =>
    algorithm === undefined || algorithm === name ? [key] : [],
  )
  const those = fitting.join(', ') || 'none'
  const by = algorithm === undefined ? `the scheme "${scheme}"` : `"${algorithm}"`
  return `The signing key of the account is for ${own}. Of signing keys, ${by} takes those for ${those}.`
}
