import type { Settings } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import { facts } from './lines.ts'

type Notice = Settings['notices'][number]
type NoticeEvent = Notice['events'][number]

export const noticeChannels = ['mail', 'slack', 'webhook'] as const satisfies readonly Notice['channel'][]

/** As a record, of which the compiler wants every event. */
const events: Readonly<Record<NoticeEvent, true>> = {
  'certificate.expiring': true,
  'certificate.expired': true,
  'certificate.revoked': true,
  'plan.waiting': true,
  'plan.failed': true,
  'mapping.rolled-back': true,
  'approval.requested': true,
  'approval.overridden': true,
}
// What a record is made of is its keys.
export const noticeEventTypes = Object.keys(events) as readonly NoticeEvent[]

/** @param settings those of a config-api of before have no notices */
export function noticeTable({ notices = [] }: Partial<Settings>): string {
  if (notices.length === 0) return 'Nobody is told.'
  const rows = notices.map((notice) => [notice.id, notice.channel, notice.to, eventsOf(notice), sharesOf(notice)])
  return table(['ID', 'CHANNEL', 'TO', 'EVENTS', 'LIFETIME LEFT'], rows)
}

export function noticeText(notice: Notice): string {
  return facts([
    ['id', notice.id],
    ['channel', notice.channel],
    ['to', notice.to],
    ['events', eventsOf(notice)],
    ['lifetime left', sharesOf(notice)],
    ['secret', notice.secret],
  ])
}

function eventsOf(notice: Notice): string {
  return notice.events.length === noticeEventTypes.length ? 'all' : notice.events.join(',')
}

function sharesOf({ shares }: Notice): string {
  return shares.join(',')
}
