import type { Command, CommandContext } from '../account/command.ts'
import { settingsOf } from '../account/settings.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { ExpiryNotice } from '../certificates/expiry-notice.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import { dueNotice } from '../queries/due-notice.ts'
import { type ChangeDescription, nextAccount } from './next-account.ts'

/** A notice that is to be sent now, by whoever claimed it. */
export interface ClaimedNotice {
  readonly certificate: Certificate
  readonly days: number
}

/** Claims the notices that are due; none without a webhook. @param until ISO 8601: when unsent ones are due again */
export function claimExpiryNotices(context: CommandContext, until: string): Command<readonly ClaimedNotice[]> {
  return (account) => {
    const now = Date.parse(context.at)
    const claimed = account.certificates.flatMap((certificate): ClaimedNotice[] => {
      const days = settingsOf(account).webhook ? dueNotice(certificate, now) : undefined
      return days === undefined ? [] : [{ certificate, days }]
    })
    if (claimed.length === 0) return { account, result: [], revoked: [] }
    const daysById = new Map(claimed.map(({ certificate, days }) => [certificate.id, days]))
    const certificates = account.certificates.map((certificate): Certificate => {
      const days = daysById.get(certificate.id)
      if (days === undefined || !certificate.current) return certificate
      const { fingerprintSha256 } = certificate.current
      return { ...certificate, notice: { fingerprintSha256, days, claimedUntil: until } }
    })
    const description: ChangeDescription = { action: 'expiry-notices.claim', subjects: claimed.map(subjectOf) }
    return { account: nextAccount(account, context, description, { certificates }), result: claimed, revoked: [] }
  }
}

/** Those that were claimed and have been sent; what is about a version that is no longer in use is left out. */
export function markExpiryNoticesSent(context: CommandContext, sent: readonly ClaimedNotice[]): Command<void> {
  return (account) => {
    const noticeById = new Map<CertificateId, ExpiryNotice>()
    for (const { certificate, days } of sent) {
      const { fingerprintSha256 = '' } = certificate.current ?? {}
      noticeById.set(certificate.id, { fingerprintSha256, days, sentAt: context.at })
    }
    const isSent = ({ id, notice }: Certificate) =>
      notice !== undefined && notice.fingerprintSha256 === noticeById.get(id)?.fingerprintSha256
    if (!account.certificates.some(isSent)) return { account, result: undefined, revoked: [] }
    const certificates = account.certificates.map((certificate): Certificate => {
      const notice = noticeById.get(certificate.id)
      return notice && isSent(certificate) ? { ...certificate, notice } : certificate
    })
    const description: ChangeDescription = { action: 'expiry-notices.sent', subjects: sent.map(subjectOf) }
    return { account: nextAccount(account, context, description, { certificates }), result: undefined, revoked: [] }
  }
}

function subjectOf({ certificate, days }: ClaimedNotice): string {
  return `${certificate.id} ${certificate.name} (${days} days)`
}
