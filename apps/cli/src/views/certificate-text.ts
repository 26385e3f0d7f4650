import type { Certificate } from '@mtls-gateway/contract'
import { paint } from '@mtls-gateway/terminal'
import { day, facts } from './lines.ts'

const good = new Set(['Available'])

export function certificateText(certificate: Certificate, colour: boolean): string {
  const { id, name, status, expirationDate, keyType, subject, issuer, fingerprintSha256, warnings, staged } =
    certificate
  return facts([
    ['id', String(id)],
    ['name', name],
    ['status', paint(status, good.has(status) ? 32 : 33, colour)],
    ['expires', expirationDate === null ? undefined : day(expirationDate)],
    ['key', keyType],
    ['subject', subject],
    ['issuer', issuer ?? undefined],
    ['sha256', fingerprintSha256 ?? undefined],
    ['staged', staged && stagedLine(staged)],
    ['warnings', warnings.length === 0 ? undefined : warnings.join(', ')],
  ])
}

function stagedLine({ status, expirationDate }: NonNullable<Certificate['staged']>): string {
  return expirationDate === null ? status : `${status}, expires ${day(expirationDate)}`
}
