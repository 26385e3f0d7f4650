import type { Certificate } from './account.ts'

/** Days before the end of a certificate at which its account is told; 0: it has ended. */
const noticeDays = [60, 30, 14, 7, 3, 1, 0] as const
const dayMs = 86_400_000

/** The last notice of a certificate: claimed by who is sending it, or sent. */
export interface ExpiryNotice {
  /** The version that it is about: another one begins anew. */
  readonly fingerprintSha256: string
  /** Which of the days before the end it is for. */
  readonly days: number
  /** ISO 8601. Until then nobody else sends it. */
  readonly claimedUntil?: string
  /** ISO 8601. */
  readonly sentAt?: string
}

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
