import { AccountWriter, listAccounts, systemClock } from '@mtls-gateway/registry'
import { provideBy, token } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import type { ConfigApiConfiguration } from '../configuration/configuration.ts'
import { listingStore } from '../maintenance/listing-store.ts'
import { RepeatedTask } from '../maintenance/repeated-task.ts'
import { NoticesModule } from '../notices/notices.module.ts'
import { Notices } from '../notices/notices.ts'
import { CONFIGURATION, LOG, METRICS, STORE } from '../runtime/tokens.ts'
import { WebhookSender } from '../webhooks/webhook-sender.ts'
import { WEBHOOK_DELIVERIES, WebhooksModule } from '../webhooks/webhooks.module.ts'
import { ExpiryMetrics, showWhetherChecked } from './expiry-metrics.ts'
import { ExpiryNotifier } from './expiry-notifier.ts'
import { ExpiryWatch } from './expiry-watch.ts'

/** Undefined if this deployment can't list its accounts. */
const EXPIRY_WATCH = token<ExpiryWatch | undefined>('ExpiryWatch')

/** Until the first check, there is no metric of certificates that expire: alerts would end with every restart. */
const firstCheckWithinMs = 60_000

/** Reports certificates that expire soon: as metrics, and to the accounts' webhooks and recipients of notices. */
@Module({
  imports: [WebhooksModule, NoticesModule],
  providers: [
    provideBy(
      EXPIRY_WATCH,
      [AccountWriter, STORE, CONFIGURATION, METRICS, LOG, WebhookSender, WEBHOOK_DELIVERIES, Notices],
      (writer, store, configuration, metrics, log, sender, deliveries, notices) => {
        const listing = listingStore(configuration, store)
        showWhetherChecked(metrics, listing !== undefined)
        if (!listing) return undefined
        return new ExpiryWatch({
          accounts: () => listing((listed) => listAccounts(listed, ['accounts'])),
          read: (accountId) => writer.read(accountId),
          notifier: new ExpiryNotifier({ writer, store, sender, notices, log }),
          deliveries,
          metrics: new ExpiryMetrics(metrics),
          log,
        })
      },
    ),
  ],
})
export class ExpiryModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #watch: ExpiryWatch | undefined
  readonly #everyMs: number
  #task: RepeatedTask | undefined

  constructor(
    @Inject(EXPIRY_WATCH) watch: ExpiryWatch | undefined,
    @Inject(CONFIGURATION) configuration: ConfigApiConfiguration,
  ) {
    this.#watch = watch
    this.#everyMs = configuration.expiryCheckIntervalMs
  }

  onApplicationBootstrap(): void {
    const watch = this.#watch
    if (!watch) return
    this.#task = new RepeatedTask({
      everyMs: this.#everyMs,
      firstWithinMs: firstCheckWithinMs,
      run: (signal) => watch.look(signal),
      clock: systemClock,
    })
  }

  async onModuleDestroy(): Promise<void> {
    await this.#task?.stop()
    await this.#watch?.settled()
  }
}
