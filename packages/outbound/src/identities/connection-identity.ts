import type { AccountId, MappingTls, RecordId } from '@mtls-gateway/domain'
import type { TargetTrust } from './target-trust.ts'

/** A client certificate with its key, in the stored form of key material. */
export interface ClientCredentials {
  /** PKCS#8 as PEM, without a passphrase. */
  readonly privateKey: string
  /** PEM, the leaf first, then its chain. */
  readonly certificates: string
}

/** Credentials as an account has them: one immutable version of a certificate. */
export interface VersionedCredentials extends ClientCredentials {
  readonly versionId: RecordId
}

/** What a connection presents, what it trusts, and what it offers. */
export interface ConnectionIdentity {
  /** Whose share its look-ups come from. Without it: one of the host name's own. */
  readonly accountId?: AccountId | undefined
  /** Without them the target sees plain TLS. */
  readonly credentials?: ClientCredentials | undefined
  /** Without it: the system's CAs and those of the deployment, and the url's own host name. */
  readonly trust?: TargetTrust | undefined
  /** Without it: what is offered to all targets. */
  readonly tls?: MappingTls | undefined
}

/** An account's, whose connections are kept for the next call. Calls that differ in any part of it share none. */
export interface AccountIdentity extends ConnectionIdentity {
  readonly accountId: AccountId
  readonly credentials?: VersionedCredentials | undefined
}
