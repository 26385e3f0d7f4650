import type { Command, CommandContext } from '../account/command.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { revocationOf } from '../certificates/certificate-status.ts'
import type { FoundRevocation } from '../certificates/revocation.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import { nextAccount } from './next-account.ts'

/** What an issuer says of the version in use: that it is revoked, or that it is not, or not any more. */
export interface CheckedRevocation {
  readonly id: CertificateId
  readonly fingerprintSha256: string
  readonly revocation?: FoundRevocation
}

/** Whether noting it would change anything. */
export function isNewRevocation(certificate: Certificate, checked: CheckedRevocation): boolean {
  if (checked.fingerprintSha256 !== certificate.current?.fingerprintSha256) return false
  const known = revocationOf(certificate)
  return known?.revokedAt !== checked.revocation?.revokedAt || known?.reason !== checked.revocation?.reason
}

/** Takes note of it, in one change for all; what is known, or about a version of before, changes nothing. */
export function noteRevocations(context: CommandContext, all: readonly CheckedRevocation[]): Command<void> {
  return (account) => {
    const byId = new Map(all.map((each) => [each.id, each]))
    const changed: Certificate[] = []
    const revision = account.revision + 1
    const certificates = account.certificates.map((certificate) => {
      const checked = byId.get(certificate.id)
      if (!checked || !isNewRevocation(certificate, checked)) return certificate
      const { revocation: _, ...rest } = certificate
      const { revocation } = checked
      const next = { ...rest, ...(revocation && { revocation }), updatedAt: context.at, revision }
      changed.push(next)
      return next
    })
    if (changed.length === 0) return { account, result: undefined, revoked: [] }
    const subjects = changed.map(({ id, name, revocation }) => `${id} ${name} (${revocation?.reason ?? 'not revoked'})`)
    const description = { action: 'certificates.note-revocation', subjects } as const
    return { account: nextAccount(account, context, description, { certificates }), result: undefined, revoked: [] }
  }
}
