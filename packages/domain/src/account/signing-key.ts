import type { RecordId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
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
export function neededSigningKeys({ targetAuth }: Pick<Mapping, 'targetAuth'>): readonly SigningKeyUse[] {
  const isByAssertion = targetAuth?.type === 'oauth2' && targetAuth.method === 'private_key_jwt'
  return isByAssertion ? ['client-authentication'] : []
}
