import { GuardedAgent } from '@mtls-gateway/outbound'
import { AccountWriter, listAccounts, systemClock } from '@mtls-gateway/registry'
import type { Backends, Log, ServiceMetrics } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import type { ConfigApiConfiguration } from '../configuration.ts'
import { RepeatedTask } from '../maintenance/repeated-task.ts'
import { BACKENDS, CONFIGURATION, LOG, METRICS } from '../runtime/tokens.ts'
import { ExpiryMetrics } from './expiry-metrics.ts'
import { ExpiryNotifier } from './expiry-notifier.ts'
import { ExpiryWatch } from './expiry-watch.ts'
import { WebhookSender } from './webhook-sender.ts'

/** Certificates that are about to end: metrics, and notices to the accounts' webhooks. */
@Module({
  providers: [
    {
      provide: ExpiryWatch,
      inject: [AccountWriter, BACKENDS, CONFIGURATION, METRICS, LOG],
      useFactory: (
        writer: AccountWriter,
        { store }: Backends,
        { targetAllowCidrs, targetPorts, targetExtraCa }: ConfigApiConfiguration,
        metrics: ServiceMetrics,
        log: Log,
      ) => {
        const guard = { allowCidrs: targetAllowCidrs, ports: targetPorts }
        const sender = new WebhookSender(new GuardedAgent({ guard, extraCa: targetExtraCa }))
        return new ExpiryWatch({
          accounts: () => listAccounts(store, ['accounts']),
          read: (accountId) => writer.read(accountId),
          notifier: new ExpiryNotifier(writer, store, sender, log),
          metrics: new ExpiryMetrics(metrics),
          log,
        })
      },
    },
  ],
})
export class ExpiryModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #watch: ExpiryWatch
  readonly #everyMs: number
  #task: RepeatedTask | undefined

  constructor(@Inject(ExpiryWatch) watch: ExpiryWatch, @Inject(CONFIGURATION) configuration: ConfigApiConfiguration) {
    this.#watch = watch
    this.#everyMs = configuration.expiryCheckIntervalMs
  }

  onApplicationBootstrap(): void {
    this.#task = new RepeatedTask({
      everyMs: this.#everyMs,
      run: (signal) => this.#watch.look(signal),
      clock: systemClock,
    })
  }

  async onModuleDestroy(): Promise<void> {
    await this.#task?.stop()
  }
}
