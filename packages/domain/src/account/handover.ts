import type { CertificateId, MappingId, RecordId } from '../identifiers/ids.ts'

/** What whoever has the link has said of a mapping. */
export interface RegisteredMapping {
  readonly mapping: MappingId
  /** The version that its target takes now. */
  readonly version: RecordId
  /** ISO 8601 in UTC. */
  readonly at: string
}

/** Shows one certificate to the owner of a target, behind a link, until it expires or is revoked. */
export interface Handover {
  readonly id: RecordId
  readonly certificateId: CertificateId
  /** Whom it is for. */
  readonly label: string
  /** Those of the certificate that the owner is asked about; they may be gone, or have another certificate, by now. */
  readonly mappings: readonly MappingId[]
  readonly createdAt: string
  /** Who has made it, as the audit has it. */
  readonly createdBy: string
  readonly expiresAt: string
  /** A digest of the secret in the link. */
  readonly codeSha256: string
  /** When it was opened first, and what comes next of all that it has shown. Absent: never. */
  readonly opened?: { readonly at: string; readonly version?: RecordId }
  readonly registered?: readonly RegisteredMapping[]
  /** The last one of whoever has the link. */
  readonly note?: string
  /** How often it was changed. */
  readonly notes?: number
}

/** What has handovers: an account, or the part of it that a look at them needs. */
interface HandedOver {
  readonly handovers?: readonly Handover[]
}

/** How the audit names whoever acts by the link. */
export function handoverActor({ id, label }: Pick<Handover, 'id' | 'label'>): string {
  return `handover ${id} "${label}"`
}

/** Those that have not expired. @param at ISO 8601 in UTC */
export function openHandovers({ handovers = [] }: HandedOver, at: string): readonly Handover[] {
  return handovers.filter(({ expiresAt }) => Date.parse(expiresAt) > Date.parse(at))
}
