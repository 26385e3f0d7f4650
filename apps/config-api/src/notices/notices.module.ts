import { type Bulkhead, Bulkheads } from '@mtls-gateway/bulkhead'
import { AccountWriter } from '@mtls-gateway/registry'
import { provideBy, token } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { offWithoutListing } from '../maintenance/garbage-login.ts'
import { CONFIGURATION, LOG, METRICS, STORE } from '../runtime/tokens.ts'
import { WebhookSender } from '../webhooks/webhook-sender.ts'
import { WEBHOOK_DELIVERIES, WebhooksModule } from '../webhooks/webhooks.module.ts'
import { MailChannel } from './mail-channel.ts'
import { NoticeMetrics } from './notice-metrics.ts'
import { NoticeTestsController } from './notice-tests.controller.ts'
import { NoticeTests } from './notice-tests.ts'
import { type NoticeChannels, Notices } from './notices.ts'
import { SlackChannel, WebhookChannel } from './webhook-channel.ts'

/** Enough to set up some recipients, and too few to bother a stranger. */
export const testLimits = { total: 1_000, share: 5, reserve: 100, cooledPerSecond: 1 / 60 }

const NOTICE_CHANNELS = token<NoticeChannels>('NoticeChannels')
const NOTICE_TESTS = token<Bulkhead>('NoticeTests')

/** Tells people and programs what happens in an account. */
@Module({
  imports: [WebhooksModule],
  controllers: [NoticeTestsController],
  providers: [
    provideBy(NOTICE_CHANNELS, [CONFIGURATION, WebhookSender], (configuration, sender) => ({
      mail: new MailChannel(configuration),
      slack: new SlackChannel(sender),
      webhook: new WebhookChannel(sender),
    })),
    provideBy(NOTICE_TESTS, [Bulkheads], (pools) => pools.open('notice-tests', testLimits)),
    provideBy(
      Notices,
      [AccountWriter, STORE, NOTICE_CHANNELS, NOTICE_TESTS, METRICS, LOG],
      (writer, store, channels, tests, metrics, log) =>
        new Notices({ writer, store, channels, tests, metrics: new NoticeMetrics(metrics), log }),
    ),
    provideBy(
      NoticeTests,
      [AccountWriter, STORE, NOTICE_CHANNELS, WEBHOOK_DELIVERIES, NOTICE_TESTS, CONFIGURATION, LOG],
      (writer, store, channels, deliveries, tests, configuration, log) => {
        const sendsNotices = !offWithoutListing(configuration).includes('expiry-webhooks')
        return new NoticeTests({ writer, store, channels, deliveries, tests, sendsNotices, log })
      },
    ),
  ],
  exports: [Notices],
})
export class NoticesModule {}
