import type { Command, CommandContext } from '../account/command.ts'
import type { NoticeRecipient } from '../account/notice-recipients.ts'
import { recipientsOf, settingsOf } from '../account/settings.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { ToldExpiry } from '../certificates/expiry-notice.ts'
import { firstToEnd } from '../certificates/presented-version.ts'
import type { CertificateId, RecordId } from '../identifiers/ids.ts'
import { dueNotice, dueShares } from '../queries/due-notice.ts'
import { type ChangeDescription, nextAccount } from './next-account.ts'

/** A notice that is to be sent now, by whoever claimed it: to the account's webhook, or to a recipient. */
export type ClaimedNotice = ClaimedDays | ClaimedShare

export interface ClaimedDays {
  readonly certificate: Certificate
  readonly days: number
  readonly recipient?: undefined
}

export interface ClaimedShare {
  readonly certificate: Certificate
  readonly recipient: NoticeRecipient
  /** 0: it has expired. */
  readonly share: number
  readonly days?: undefined
}

/**
 * Claims the notices that are due; none without anybody to tell.
 * @param until ISO 8601: when unsent ones are due again
 */
export function claimExpiryNotices(context: CommandContext, until: string): Command<readonly ClaimedNotice[]> {
  return (account) => {
    const now = Date.parse(context.at)
    const recipients = recipientsOf(account)
    const claimed = account.certificates.flatMap((certificate): ClaimedNotice[] => {
      const days = settingsOf(account).webhook ? dueNotice(certificate, now) : undefined
      const shares = dueShares(certificate, recipients, now)
      return [
        ...(days === undefined ? [] : [{ certificate, days }]),
        ...shares.map((share) => ({ certificate, ...share })),
      ]
    })
    if (claimed.length === 0) return { account, result: [], revoked: [] }
    const present = new Set(recipients.map(({ id }) => id))
    const certificates = withNotices(account.certificates, claimed, present, { claimedUntil: until })
    const description: ChangeDescription = { action: 'expiry-notices.claim', subjects: claimed.map(subjectOf) }
    return { account: nextAccount(account, context, description, { certificates }), result: claimed, revoked: [] }
  }
}

/** Those that were claimed and have been sent; what is about a version that nobody presents any more is left out. */
export function markExpiryNoticesSent(context: CommandContext, sent: readonly ClaimedNotice[]): Command<void> {
  return (account) => {
    const byId = new Map(account.certificates.map((each) => [each.id, each]))
    const present = new Set(recipientsOf(account).map(({ id }) => id))
    const current = sent.filter((notice) => {
      const certificate = byId.get(notice.certificate.id)
      return (
        certificate !== undefined &&
        firstToEnd(certificate)?.fingerprintSha256 === firstToEnd(notice.certificate)?.fingerprintSha256 &&
        (notice.recipient === undefined || present.has(notice.recipient.id)) &&
        !isOutdated(notice, certificate)
      )
    })
    if (current.length === 0) return { account, result: undefined, revoked: [] }
    const certificates = withNotices(account.certificates, current, present, { sentAt: context.at })
    const description: ChangeDescription = { action: 'expiry-notices.sent', subjects: sent.map(subjectOf) }
    return { account: nextAccount(account, context, description, { certificates }), result: undefined, revoked: [] }
  }
}

/** Whether somebody has told of less since, or is doing so: a slow delivery must not have that told again. */
function isOutdated(notice: ClaimedNotice, { notice: last, told }: Certificate): boolean {
  const fingerprint = firstToEnd(notice.certificate)?.fingerprintSha256
  if (notice.recipient === undefined) {
    return last !== undefined && last.fingerprintSha256 === fingerprint && last.days < notice.days
  }
  const known = told?.by.find(({ recipient }) => recipient === notice.recipient.id)
  return told?.fingerprintSha256 === fingerprint && known !== undefined && known.share < notice.share
}

function withNotices(
  certificates: readonly Certificate[],
  notices: readonly ClaimedNotice[],
  recipients: ReadonlySet<RecordId>,
  state: { readonly claimedUntil?: string; readonly sentAt?: string },
): readonly Certificate[] {
  const byId = new Map<CertificateId, ClaimedNotice[]>()
  for (const notice of notices) {
    const { id } = notice.certificate
    const own = byId.get(id)
    if (own) own.push(notice)
    else byId.set(id, [notice])
  }
  return certificates.map((certificate): Certificate => {
    const own = byId.get(certificate.id)
    const version = firstToEnd(certificate)
    if (!own || !version) return certificate
    const { fingerprintSha256 } = version
    const days = own.find((each) => each.recipient === undefined)?.days
    const shares = own.filter((each) => each.recipient !== undefined)
    return {
      ...certificate,
      ...(days !== undefined && { notice: { fingerprintSha256, days, ...state } }),
      ...(shares.length > 0 && { told: withShares(certificate, fingerprintSha256, shares, recipients, state) }),
    }
  })
}

/** Without recipients that were removed. */
function withShares(
  { told }: Certificate,
  fingerprintSha256: string,
  shares: readonly ClaimedShare[],
  recipients: ReadonlySet<RecordId>,
  state: { readonly claimedUntil?: string },
): ToldExpiry {
  const known = told?.fingerprintSha256 === fingerprintSha256 ? told.by : []
  const changed = new Set(shares.map(({ recipient }) => recipient.id))
  const kept = known.filter(({ recipient }) => recipients.has(recipient) && !changed.has(recipient))
  const { claimedUntil } = state
  const next = shares.map(({ recipient, share }) => ({
    recipient: recipient.id,
    share,
    ...(claimedUntil !== undefined && { claimedUntil }),
  }))
  return { fingerprintSha256, by: [...kept, ...next] }
}

function subjectOf(notice: ClaimedNotice): string {
  const { certificate, recipient } = notice
  const what =
    recipient === undefined ? `${notice.days} days` : `${notice.share} left, ${recipient.channel} ${recipient.id}`
  return `${certificate.id} ${certificate.name} (${what})`
}
