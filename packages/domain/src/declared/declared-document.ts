import type { AppKey } from '../account/app-key.ts'
import type { CertificateVersion, RequestedVersion } from '../certificates/certificate.ts'
import type { PlanChoices } from '../certificates/renewal-plan.ts'
import type { SettingsUpdate } from '../commands/settings.ts'
import type { CertificateId, MappingId, RecordId } from '../identifiers/ids.ts'
import type { MappingTls } from '../mappings/mapping-tls.ts'
import type { MappingTrust } from '../mappings/mapping-trust.ts'
import type { MappingUrl } from '../mappings/mapping-url.ts'
import type { MessageSignature } from '../mappings/message-signature.ts'
import type { AskedTargetAuth } from '../mappings/target-auth.ts'
import type { TrustedCa } from '../mappings/trust-list.ts'

/** What an account is to have, by name. What is undefined stays as it is; null removes it. */
export interface DeclaredDocument {
  readonly certificates: ReadonlyMap<string, DeclaredCertificate>
  readonly trusts: ReadonlyMap<string, DeclaredTrust>
  readonly mappings: ReadonlyMap<string, DeclaredMapping>
  /** By label. */
  readonly appKeys?: ReadonlyMap<string, DeclaredAppKey> | undefined
  readonly settings?: DeclaredSettings | undefined
}

/** What may be renamed. */
export interface Renamed {
  /** Its name until now. */
  readonly was?: string | undefined
}

export interface DeclaredCertificate extends Renamed {
  /** That it gets if it is new. */
  readonly newId: CertificateId
  readonly plan?: PlanChoices | null | undefined
  /** What was made for it, where it is new; undefined while that is only compared. */
  readonly made?: MadeCertificate | undefined
}

/** What a new certificate begins with: a key to be ordered for, or what its source has. */
export type MadeCertificate = MadeKey | { readonly version: CertificateVersion }

/** A first key, and the record of its signing request. */
export interface MadeKey {
  readonly request: RequestedVersion
  readonly csrId: RecordId
}

export interface DeclaredTrust {
  readonly caCertificates?: { readonly caRecordId: RecordId; readonly facts: readonly TrustedCa[] } | undefined
}

export interface DeclaredMapping extends Renamed {
  /** That it gets if it is new. */
  readonly newId: MappingId
  readonly serviceId?: string | undefined
  readonly url?: MappingUrl | undefined
  /** The name of a certificate. */
  readonly certificate?: string | undefined
  readonly enable?: boolean | undefined
  readonly targetTrust?: MappingTrust | null | undefined
  readonly targetTls?: MappingTls | null | undefined
  readonly targetAuth?: AskedTargetAuth | null | undefined
  readonly messageSignature?: DeclaredSignature | null | undefined
  readonly answerTimeoutSeconds?: number | null | undefined
}

export interface DeclaredSignature {
  readonly signature: Omit<MessageSignature, 'certificateId'>
  /** The name of the certificate that signs, instead of that of the mapping. */
  readonly certificate?: string | undefined
}

/** What an app key has to be. */
export type DeclaredAppKey = Partial<Pick<AppKey, 'scopes' | 'expiresAt'>> & {
  readonly services?: readonly string[] | undefined
}

/** Without the webhook and notices: their urls may be secrets, and their secrets are shown once. */
export type DeclaredSettings = Pick<SettingsUpdate, 'unmappedCalls' | 'publishKeys' | 'approvals'>
