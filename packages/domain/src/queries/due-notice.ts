import type { NoticeRecipient } from '../account/notice-recipients.ts'
import type { NoticeEventType } from '../account/notice-words.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { firstToEnd } from '../certificates/presented-version.ts'

/** Days before the end of a certificate at which its account is told; 0: it has ended. */
const noticeDays = [60, 30, 14, 7, 3, 1, 0] as const
const dayMs = 86_400_000

/**
 * For how many days before the end a notice is due that nobody has sent or is sending: the last of the days that have
 * come.
 * @param now milliseconds since 1970
 */
export function dueNotice(certificate: Certificate, now: number): number | undefined {
  const { notice } = certificate
  const version = firstToEnd(certificate)
  if (!version) return undefined
  const leftMs = Date.parse(version.notAfter) - now
  const due = noticeDays.findLast((days) => leftMs <= days * dayMs)
  if (due === undefined || notice?.fingerprintSha256 !== version.fingerprintSha256 || notice.days > due) return due
  const isClaimed = notice.claimedUntil !== undefined && Date.parse(notice.claimedUntil) > now
  return notice.sentAt !== undefined || isClaimed ? undefined : due
}

export interface DueShare {
  readonly recipient: NoticeRecipient
  /** The share of the lifetime that it is for; 0: it has expired. */
  readonly share: number
}

/**
 * Which recipients are to be told now how little is left of a certificate, where nobody has told them or is doing so.
 * @param now milliseconds since 1970
 */
export function dueShares(
  certificate: Certificate,
  recipients: readonly NoticeRecipient[],
  now: number,
): readonly DueShare[] {
  const { told } = certificate
  const version = firstToEnd(certificate)
  if (!version || recipients.length === 0) return []
  const end = Date.parse(version.notAfter)
  const left = (end - now) / (end - Date.parse(version.notBefore))
  const known = told?.fingerprintSha256 === version.fingerprintSha256 ? told.by : []
  return recipients.flatMap((recipient): DueShare[] => {
    const type: NoticeEventType = left <= 0 ? 'certificate.expired' : 'certificate.expiring'
    const share = left <= 0 ? 0 : recipient.shares.findLast((each) => left <= each)
    if (share === undefined || !recipient.events.includes(type)) return []
    const last = known.find((each) => each.recipient === recipient.id)
    if (last === undefined || last.share > share) return [{ recipient, share }]
    // Shares can be changed: what was told of a smaller one needs no larger one.
    const isOver = last.claimedUntil !== undefined && Date.parse(last.claimedUntil) <= now
    return isOver ? [{ recipient, share }] : []
  })
}
