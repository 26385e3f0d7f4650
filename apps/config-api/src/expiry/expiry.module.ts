import { Bulkheads } from '@mtls-gateway/bulkhead'
import { GuardedAgent } from '@mtls-gateway/outbound'
import { AccountWriter, listAccounts, systemClock } from '@mtls-gateway/registry'
import { type Backends, type Log, type ServiceMetrics, targetConnections } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import type { ConfigApiConfiguration } from '../configuration.ts'
import { listingStore } from '../maintenance/listing-store.ts'
import { RepeatedTask } from '../maintenance/repeated-task.ts'
import { BACKENDS, CONFIGURATION, LOG, METRICS } from '../runtime/tokens.ts'
import { ExpiryMetrics } from './expiry-metrics.ts'
import { ExpiryNotifier } from './expiry-notifier.ts'
import { ExpiryWatch } from './expiry-watch.ts'
import { WebhookSender } from './webhook-sender.ts'

/** Whoever waits longer is due again at the next look. */
const deliveryLimits = {
  total: 16,
  share: 1,
  reserve: 4,
  waiting: { total: 100_000, share: 1, reserve: 0, limitMs: 3_600_000 },
}

/** Certificates that are about to end: metrics, and notices to the accounts' webhooks. */
@Module({
  providers: [
    {
      provide: ExpiryWatch,
      inject: [AccountWriter, BACKENDS, CONFIGURATION, METRICS, LOG, Bulkheads],
      useFactory: (
        writer: AccountWriter,
        backends: Backends,
        configuration: ConfigApiConfiguration,
        metrics: ServiceMetrics,
        log: Log,
        bulkheads: Bulkheads,
      ) => {
        const { store } = backends
        const listing = listingStore(configuration, backends)
        if (!listing) return undefined
        const sender = new WebhookSender(new GuardedAgent(targetConnections(configuration)))
        return new ExpiryWatch({
          accounts: () => listing((listed) => listAccounts(listed, ['accounts'])),
          read: (accountId) => writer.read(accountId),
          notifier: new ExpiryNotifier(writer, store, sender, log),
          deliveries: bulkheads.open('webhook-deliveries', deliveryLimits),
          metrics: new ExpiryMetrics(metrics),
          log,
        })
      },
    },
  ],
})
export class ExpiryModule implements OnApplicationBootstrap, OnModuleDestroy {
  /** Undefined where the accounts can't be listed. */
  readonly #watch: ExpiryWatch | undefined
  readonly #everyMs: number
  #task: RepeatedTask | undefined

  constructor(
    @Inject(ExpiryWatch) watch: ExpiryWatch | undefined,
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
      run: (signal) => watch.look(signal),
      clock: systemClock,
    })
  }

  async onModuleDestroy(): Promise<void> {
    await this.#task?.stop()
    await this.#watch?.settled()
  }
}
