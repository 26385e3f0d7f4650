import type { AccountId } from '@mtls-gateway/domain'
import type { Issuer } from './issuer.ts'

/** A name under which accounts may order certificates, and what it lets them choose. */
export interface IssuerProfile {
  /** Lower-case letters, digits and `-`; at most 64 characters. */
  readonly name: string
  readonly kind: 'local' | 'vault-pki' | 'webhook' | 'acme' | 'own-ca'
  /** A sentence for people who choose. */
  readonly description: string
  /** In the words of `keyType` of signing requests; the first is the default. */
  readonly keyTypes: readonly string[]
  /** Fixed by the issuer, in RFC 4514; absent: the request says. */
  readonly subject?: string
  /** The longest lifetime that it signs, in seconds, where that is known. */
  readonly lifetimeSeconds?: number
}

/** The profiles of a deployment. */
export interface Issuers {
  /** Those that an account may use, by name. */
  profiles(account: AccountId): readonly IssuerProfile[]
  /** Undefined: no profile of this account. */
  find(account: AccountId, profile: string): Issuer | undefined
  close(): Promise<void>
}
