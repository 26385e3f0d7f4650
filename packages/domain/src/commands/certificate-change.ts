import type { Account } from '../account/account.ts'
import type { ChangeAction } from '../account/change-action.ts'
import type { Applied, CommandContext } from '../account/command.ts'
import type { Certificate, VersionRecordIds } from '../certificates/certificate.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { certificateNotFound } from './certificates.ts'
import { type ChangeDescription, nextAccount } from './next-account.ts'

export interface CertificateChanged {
  readonly certificate: Certificate
  /** A version that is named no more. */
  readonly dropped?: VersionRecordIds | undefined
  /** All of the account, where some were changed with it. */
  readonly mappings?: readonly Mapping[] | undefined
}

export interface Moment {
  readonly at: string
  readonly revision: number
}

export interface CertificateChange {
  readonly action: ChangeAction
  /** @throws CodedError */
  readonly change: (certificate: Certificate, moment: Moment) => CertificateChanged
  /** Mappings that are changed with it, for the audit. */
  readonly subjects?: readonly string[]
  /** What was dropped stops at once, also where it is still in use by calls. */
  readonly revokes?: boolean
}

const auditedFields = ['current', 'staged', 'previous', 'plan'] as const

/** A change of one certificate's versions. @throws CodedError `CERTIFICATE_NOT_FOUND`, `PRECONDITION_FAILED` */
export function changeCertificate(
  account: Account,
  context: CommandContext,
  id: CertificateId,
  { action, change, subjects = [], revokes = false }: CertificateChange,
): Applied<CertificateChanged> {
  const present = findCertificate(account, id)
  const revision = account.revision + 1
  const changed = change(present, { at: context.at, revision })
  const result = { ...changed, certificate: { ...changed.certificate, updatedAt: context.at, revision } }
  const certificates = account.certificates.map((each) => (each === present ? result.certificate : each))
  const description: ChangeDescription = {
    action,
    subjects: [`${id} ${present.name}`, ...subjects],
    subjectRevision: present.revision,
    fields: auditedFields.filter((field) => present[field] !== result.certificate[field]),
  }
  const droppedVersion = result.dropped?.versionId
  return {
    account: nextAccount(account, context, description, {
      certificates,
      ...(changed.mappings && { mappings: changed.mappings }),
    }),
    result,
    revoked: revokes && droppedVersion !== undefined ? [droppedVersion] : [],
  }
}

/** @throws CodedError `CERTIFICATE_NOT_FOUND` */
export function findCertificate({ certificates }: Pick<Account, 'certificates'>, id: CertificateId): Certificate {
  const certificate = certificates.find((candidate) => candidate.id === id)
  if (!certificate) throw certificateNotFound(id)
  return certificate
}
