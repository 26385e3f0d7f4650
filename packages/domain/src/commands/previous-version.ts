import type { Command, CommandContext } from '../account/command.ts'
import type { Certificate, CertificateVersion, VersionRecordIds } from '../certificates/certificate.ts'
import { withCurrent } from '../certificates/certificate-versions.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import { type CertificateChanged, changeCertificate } from './certificate-change.ts'
import { nextAccount } from './next-account.ts'
import { refuseWhilePinned, unpinned } from './pinned-mappings.ts'
import { previousNotFound, refuseExpired, versionChanged } from './version-errors.ts'

/**
 * Puts the previous version, given whole, in use again; the one in use becomes the previous one.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `PREVIOUS_NOT_FOUND`, `VERSION_CHANGED`, `CERTIFICATE_EXPIRED`
 */
export function rollBack(
  context: CommandContext,
  id: CertificateId,
  version: CertificateVersion,
): Command<CertificateChanged> {
  return (account) =>
    changeCertificate(account, context, id, {
      action: 'certificates.roll-back',
      change: ({ previous, pinned: _pinned, ...certificate }, moment) => {
        if (!previous) throw previousNotFound()
        refuseWhilePinned(account, id, certificate.staged?.versionId)
        if (previous.versionId !== version.versionId) throw versionChanged()
        refuseExpired(version, context.at)
        const { replacedAt: _, rolledBack: isUndone, ...idle } = previous
        const back = withCurrent(certificate, { ...idle, ...version }, moment)
        return {
          // A second rollback undoes the first.
          certificate:
            back.previous && !isUndone ? { ...back, previous: { ...back.previous, rolledBack: true } } : back,
          mappings: unpinned(account.mappings, id, moment.revision, { staged: certificate.staged?.versionId }),
        }
      },
    })
}

/**
 * Forgets the previous version, and ends calls that still use it.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `PREVIOUS_NOT_FOUND`
 */
export function dropPrevious(context: CommandContext, id: CertificateId): Command<CertificateChanged> {
  return (account) =>
    changeCertificate(account, context, id, {
      action: 'certificates.drop-previous',
      revokes: true,
      change: ({ previous, ...certificate }) => {
        if (!previous) throw previousNotFound()
        refuseWhilePinned(account, id, previous.versionId)
        return { certificate, dropped: previous }
      },
    })
}

/**
 * Forgets the previous versions of all certificates that were replaced before a time (ISO 8601 in UTC); an account
 * without any stays as it is.
 */
export function dropOldPrevious(context: CommandContext, before: string): Command<readonly VersionRecordIds[]> {
  return (account) => {
    const isOld = ({ previous, pinned = [] }: Certificate) =>
      previous !== undefined &&
      previous.replacedAt < before &&
      !pinned.some(({ versionId }) => versionId === previous.versionId)
    const old = account.certificates.filter(isOld)
    if (old.length === 0) return { account, result: [], revoked: [] }
    const revision = account.revision + 1
    const certificates = account.certificates.map((certificate) => {
      const { previous, ...rest } = certificate
      return isOld(certificate) ? { ...rest, updatedAt: context.at, revision } : certificate
    })
    const subjects = old.map(({ id, name }) => `${id} ${name}`)
    return {
      account: nextAccount(account, context, { action: 'certificates.drop-old-previous', subjects }, { certificates }),
      result: old.flatMap(({ previous }) => previous ?? []),
      revoked: [],
    }
  }
}
