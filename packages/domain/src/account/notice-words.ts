export const noticeChannels = ['mail', 'slack', 'webhook'] as const
export type NoticeChannelName = (typeof noticeChannels)[number]

/** What people can be told of. They are stored: none may be renamed. */
export const noticeEventTypes = [
  'certificate.expiring',
  'certificate.expired',
  'certificate.revoked',
  'plan.waiting',
  'plan.failed',
  'mapping.rolled-back',
  'approval.requested',
  'approval.overridden',
] as const
export type NoticeEventType = (typeof noticeEventTypes)[number]

/** A certificate of 90 days: 30 days, 9 days and 2 days before it expires. */
export const defaultNoticeShares: readonly number[] = [0.33, 0.1, 0.02]

/** Recipients of notices of one account. */
export const maxNotices = 10

/** Shares of the lifetime at which one recipient is told. */
export const maxNoticeShares = 10
