import { type NoticeChannelName, noticeChannels } from '@mtls-gateway/domain'
import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import { Counter } from 'prom-client'

/** How many events recipients were told of, and were not. */
export class NoticeMetrics {
  readonly #notices: Counter<'channel' | 'outcome'>

  constructor({ registry }: ServiceMetrics) {
    this.#notices = new Counter({
      name: 'notices_total',
      help: 'Events that recipients of notices were told of, or that could not be delivered, by channel',
      labelNames: ['channel', 'outcome'],
      registers: [registry],
    })
    // A counter that begins with its first failure hides it from rates.
    for (const channel of noticeChannels) {
      for (const outcome of ['sent', 'failed']) this.#notices.inc({ channel, outcome }, 0)
    }
  }

  count(channel: NoticeChannelName, sent: number, failed: number): void {
    if (sent > 0) this.#notices.inc({ channel, outcome: 'sent' }, sent)
    if (failed > 0) this.#notices.inc({ channel, outcome: 'failed' }, failed)
  }
}
