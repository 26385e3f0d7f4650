import type { Command, CommandContext } from '../account/command.ts'
import { refuseUsedKey } from '../account/idempotency.ts'
import { versionsOf } from '../certificates/certificate-versions.ts'
import type { CertificateId, RecordId } from '../identifiers/ids.ts'
import { findCertificate } from './certificate-change.ts'
import { type ChangeDescription, nextAccount } from './next-account.ts'
import { versionChanged } from './version-errors.ts'

export interface KeyUse {
  readonly id: CertificateId
  /** A version of the certificate: in use, staged, or the previous one. */
  readonly versionId: RecordId
  readonly purpose: 'activate' | 'probe' | 'try'
  /** The host that is called, with its port unless that is 443; a probe's are those of the mappings. */
  readonly target?: string
}

/**
 * The audit entry of a use of a private key; it is written before the key is read, and changes nothing else. An
 * Idempotency-Key is that of the change that comes after it.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `VERSION_CHANGED`, `PRECONDITION_FAILED`, `IDEMPOTENCY_KEY_REUSED`
 */
export function recordKeyUse(context: CommandContext, { id, versionId, purpose, target }: KeyUse): Command<void> {
  return (account) => {
    const certificate = findCertificate(account, id)
    const { name, revision } = certificate
    if (!versionsOf(certificate).some((version) => version.versionId === versionId)) throw versionChanged()
    const description: ChangeDescription = {
      action: `certificates.use-key-to-${purpose}`,
      subjects: [`${id} ${name}`, ...(target === undefined ? [] : [target])],
      subjectRevision: revision,
    }
    refuseUsedKey(account, context.idempotency)
    const kept = { ...context, idempotency: undefined }
    return { account: nextAccount(account, kept, description, {}), result: undefined, revoked: [] }
  }
}
