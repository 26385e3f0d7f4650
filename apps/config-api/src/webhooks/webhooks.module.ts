import { type Bulkhead, Bulkheads } from '@mtls-gateway/bulkhead'
import { TargetGuard, UpstreamPools } from '@mtls-gateway/outbound'
import { AccountWriter } from '@mtls-gateway/registry'
import { provideBy, targetConnections, token } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { offWithoutListing } from '../maintenance/garbage-login.ts'
import { CONFIGURATION, EGRESS_PROXIES, LOG, STORE } from '../runtime/tokens.ts'
import { WebhookSender } from './webhook-sender.ts'
import { WebhookTestsController } from './webhook-tests.controller.ts'
import { WebhookTests } from './webhook-tests.ts'

/** The pool for calls of webhooks, so that a silent one holds up no other account. */
export const WEBHOOK_DELIVERIES = token<Bulkhead>('WebhookDeliveries')

/**
 * A notice that waits longer is due again at the next check. For each account, one delivery may wait of each that sends
 * any: of expiry, of revocation and of renewals.
 */
export const deliveryLimits = {
  total: 16,
  share: 1,
  reserve: 4,
  waiting: { total: 100_000, share: 3, reserve: 0, limitMs: 3_600_000 },
}

/** Calls the webhooks of accounts: for notices, and for tests. */
@Module({
  controllers: [WebhookTestsController],
  providers: [
    provideBy(WebhookSender, [CONFIGURATION, EGRESS_PROXIES], (configuration, egress) => {
      const { guard, extraCa } = targetConnections(configuration)
      return new WebhookSender(new UpstreamPools({ guard: new TargetGuard(guard), extraCa, egress: egress?.of }))
    }),
    provideBy(WEBHOOK_DELIVERIES, [Bulkheads], (pools) => pools.open('webhook-deliveries', deliveryLimits)),
    provideBy(
      WebhookTests,
      [AccountWriter, STORE, WebhookSender, WEBHOOK_DELIVERIES, CONFIGURATION, LOG],
      (writer, store, sender, deliveries, configuration, log) => {
        const sendsNotices = !offWithoutListing(configuration).includes('expiry-webhooks')
        return new WebhookTests({ writer, store, sender, deliveries, sendsNotices, log })
      },
    ),
  ],
  exports: [WebhookSender, WEBHOOK_DELIVERIES],
})
export class WebhooksModule {}
