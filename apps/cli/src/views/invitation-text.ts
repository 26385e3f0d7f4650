import type { CreatedInvitation, Invitation, RevokedInvitation } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import { day, facts } from './lines.ts'

export function createdInvitationText({ id, label, scopes, expiresAt, code, link }: CreatedInvitation): string {
  return facts([
    ['id', id],
    ['label', label],
    ['scopes', scopes.join(', ')],
    ['expires', expiresAt],
    ['code', code],
    ['link', link ?? undefined],
  ])
}

export function revokedInvitationText({ id, label, appKeys }: RevokedInvitation): string {
  const revoked = `Revoked the invitation ${id} (${label}).`
  if (appKeys.length === 0) return revoked
  const commands = appKeys.map((key) => `  mtls app-keys delete ${key.appKey}  # ${key.label}`)
  return [revoked, 'The app keys that were made with it still work. To delete them:', ...commands].join('\n')
}

export function invitationTable(invitations: readonly Invitation[]): string {
  if (invitations.length === 0) return 'There is no invitation.'
  const rows = invitations.map(({ id, label, scopes, createdBy, expiresAt, redeemedAt }) => [
    id,
    label,
    scopes.join(','),
    createdBy,
    day(expiresAt),
    redeemedAt === null ? 'no' : day(redeemedAt),
  ])
  return table(['ID', 'LABEL', 'SCOPES', 'INVITED BY', 'EXPIRES', 'REDEEMED'], rows)
}
