import type { Certificate as CertificateView } from '@mtls-gateway/contract'
import {
  type AccountId,
  type Certificate,
  type CertificateChanged,
  type CertificateVersion,
  isRequested,
  type Mapping,
  promotionProgress,
  revocationOf,
  type VersionDifference,
} from '@mtls-gateway/domain'
import type { FastifyReply } from 'fastify'
import { withEntityTag } from '../http/entity-tag.ts'
import { type KeyPresence, versionStatus, viewPrevious, viewStaged } from './versions/version-view.ts'

export interface CertificateViewFacts extends KeyPresence {
  readonly siteId: string
}

/** A certificate on the wire. Dates are ISO 8601 in UTC; null: it waits for its signature. */
export function viewCertificate(certificate: Certificate, facts: CertificateViewFacts): CertificateView {
  const { current, staged, previous } = certificate
  const { id, name, createdAt, updatedAt, managedBy } = certificate
  return {
    id,
    deleted: false,
    name,
    displayName: name,
    siteId: facts.siteId,
    ...(current ? viewCurrent(certificate, current, facts) : viewPending(certificate, facts)),
    createdAt,
    updatedAt,
    ...(managedBy !== undefined && { managedBy }),
    // The certificate itself waits for its first signature.
    ...(staged && current && { staged: viewStaged(staged, facts) }),
    ...(previous && { previous: viewPrevious(previous, facts) }),
  }
}

/** The status of the version in use, or of the first one while that waits for its signature. */
export function certificateStatus({ current, staged }: Certificate, keys: KeyPresence): CertificateView['status'] {
  const version = current ?? staged
  if (!version) throw new TypeError('a certificate has a version or waits for one')
  return versionStatus(version, keys)
}

/** A certificate that has just been changed or deleted, as it was: its keys were there. */
export function viewSaved(siteId: AccountId, certificate: Certificate): CertificateView {
  return viewCertificate(certificate, { siteId, hasKey: () => true, now: Date.now() })
}

/** How far the promotion of a certificate has come, where some of its mappings present another version than others. */
export function viewPromotion(
  certificate: Certificate,
  mappings: readonly Mapping[],
): { readonly promotion?: NonNullable<CertificateView['promotion']> } {
  const progress = promotionProgress({ mappings }, certificate)
  if (progress === undefined) return {}
  const { current, staged } = certificate
  const promoted = progress.version === current?.versionId ? current : staged
  if (!promoted || promoted.versionId === undefined) throw new TypeError('what is promoted is in use or staged')
  const views = progress.mappings.map(({ mapping, state, since = null, code }) => {
    return { id: mapping.id, url: mapping.url, state, since, ...(code !== undefined && { code }) }
  })
  return { promotion: { version: promoted.fingerprintSha256, left: progress.left, mappings: views } }
}

/** As {@link answerCertificate}, after its versions have changed places for some mappings. */
export function answerPromoted(
  reply: FastifyReply,
  siteId: AccountId,
  { certificate, mappings = [] }: CertificateChanged,
): CertificateView {
  const value = { ...viewSaved(siteId, certificate), ...viewPromotion(certificate, mappings) }
  return withEntityTag(reply, { value, revision: certificate.revision })
}

/**
 * As {@link viewSaved}, with its tag.
 * @param differences of its staged version from the one in use, where they are known
 */
export function answerCertificate(
  reply: FastifyReply,
  siteId: AccountId,
  certificate: Certificate,
  differences?: readonly VersionDifference[],
): CertificateView {
  const { staged, ...view } = viewSaved(siteId, certificate)
  const value = { ...view, ...(staged && { staged: { ...staged, ...(differences && { differences }) } }) }
  return withEntityTag(reply, { value, revision: certificate.revision })
}

type VersionFields = Omit<
  CertificateView,
  | 'id'
  | 'deleted'
  | 'name'
  | 'displayName'
  | 'siteId'
  | 'createdAt'
  | 'updatedAt'
  | 'staged'
  | 'previous'
  | 'promotion'
  | 'plan'
  | 'usage'
>

function viewCurrent(certificate: Certificate, current: CertificateVersion, keys: KeyPresence): VersionFields {
  const { fingerprintSha256, subject, issuer, serialNumber, keyType, notBefore, clientAuth, warnings } = current
  const revocation = viewRevocation(certificate)
  return {
    status: versionStatus(current, keys),
    expirationDate: current.notAfter,
    ...{ fingerprintSha256, subject, issuer, serialNumber, keyType, notBefore, clientAuth },
    warnings: revocation ? ['CERTIFICATE_REVOKED', ...warnings] : warnings,
    ...(revocation && { revocation }),
  }
}

function viewRevocation(certificate: Certificate): CertificateView['revocation'] {
  const found = revocationOf(certificate)
  if (!found) return undefined
  const { revokedAt, reason, source, foundAt } = found
  return { revokedAt, reason, source, foundAt }
}

function viewPending({ staged }: Certificate, keys: KeyPresence): VersionFields {
  if (!staged || !isRequested(staged)) throw new TypeError('a certificate has a version or waits for one')
  return {
    status: versionStatus(staged, keys),
    expirationDate: null,
    fingerprintSha256: null,
    subject: staged.subject,
    issuer: null,
    serialNumber: null,
    keyType: staged.keyType,
    notBefore: null,
    clientAuth: null,
    warnings: [],
  }
}
