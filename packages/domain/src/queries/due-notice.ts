import type { Certificate } from '../certificates/certificate.ts'

/** Days before the end of a certificate at which its account is told; 0: it has ended. */
const noticeDays = [60, 30, 14, 7, 3, 1, 0] as const
const dayMs = 86_400_000

/**
 * For how many days before the end a notice is due that nobody has sent or is sending: the last of the days that have
 * come.
 * @param now milliseconds since 1970
 */
export function dueNotice({ current, notice }: Certificate, now: number): number | undefined {
  if (!current) return undefined
  const leftMs = Date.parse(current.notAfter) - now
  const due = noticeDays.findLast((days) => leftMs <= days * dayMs)
  if (due === undefined || notice?.fingerprintSha256 !== current.fingerprintSha256 || notice.days > due) return due
  const isClaimed = notice.claimedUntil !== undefined && Date.parse(notice.claimedUntil) > now
  return notice.sentAt !== undefined || isClaimed ? undefined : due
}
