import { type AccountId, CodedError } from '@mtls-gateway/domain'
import { failureSentence } from '../certificates/plan-failure-sentences.ts'

/** Whose next version is looked for. */
export interface SourcedCertificate {
  readonly account: AccountId
  /** Its name in the account. */
  readonly name: string
}

/** PEM: the leaf and its chain, and the private key. Nobody has looked at them yet. */
export interface SourcedPair {
  readonly certificate: string
  readonly privateKey: string
}

/** A place of the operator's into which somebody else writes renewed certificates, with their keys. */
export interface Source {
  /** Where it has the pair of this certificate: certificates of one place are looked for once. */
  place(of: SourcedCertificate): string
  /** Another text whenever the pair may have changed, without reading it. @throws CodedError as {@link Source.read} */
  mark(of: SourcedCertificate, signal: AbortSignal): Promise<string>
  /** @throws CodedError `SOURCE_MISSING`, `SOURCE_HALF_WRITTEN`, `SOURCE_UNREADABLE` */
  read(of: SourcedCertificate, signal: AbortSignal): Promise<SourcedPair>
  close(): void
}

/** What accounts see of a source. */
export interface SourceProfile {
  readonly name: string
  readonly kind: 'folder' | 'vault-kv'
  /** A sentence for people who choose. */
  readonly description: string
}

/** Longer than a certificate with its chain, or a key: as for uploads. */
export const maxSourcedBytes = 256 * 1024

export type SourceErrorCode =
  | 'SOURCE_UNKNOWN'
  | 'SOURCE_UNREADABLE'
  | 'SOURCE_MISSING'
  | 'SOURCE_HALF_WRITTEN'
  | 'SOURCE_OTHER_KEY'
  | 'SOURCE_OLDER'

/** @param cause for the log alone: it has paths of the operator's */
export function sourceError(code: SourceErrorCode, cause?: unknown): CodedError {
  return new CodedError(code, failureSentence(code), cause === undefined ? {} : { cause })
}
