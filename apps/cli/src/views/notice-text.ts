import type { Settings } from '@mtls-gateway/contract'
import { noticeEventTypes } from '@mtls-gateway/contract/words'
import { table } from '@mtls-gateway/terminal'
import { facts } from './lines.ts'

type Notice = Settings['notices'][number]

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

function eventsOf({ events }: Notice): string {
  return events.length === noticeEventTypes.length ? 'all' : events.join(',')
}

function sharesOf({ shares }: Notice): string {
  return shares.join(',')
}
