import { AccountWriter, collectGarbage, purgeOldAudit, systemClock } from '@mtls-gateway/registry'
import type { Backends, Log } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import type { ConfigApiConfiguration } from '../configuration.ts'
import { BACKENDS, CONFIGURATION, LOG } from '../runtime/tokens.ts'
import { DailyGarbageCollection } from './daily-garbage-collection.ts'
import { listingStore } from './listing-store.ts'

const dayMs = 86_400_000

/** What config-api does beside its requests. It ends before the backends are closed. */
@Module({})
export class MaintenanceModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #configuration: ConfigApiConfiguration
  readonly #backends: Backends
  readonly #writer: AccountWriter
  readonly #log: Log
  #daily: DailyGarbageCollection | undefined

  constructor(
    @Inject(CONFIGURATION) configuration: ConfigApiConfiguration,
    @Inject(BACKENDS) backends: Backends,
    @Inject(AccountWriter) writer: AccountWriter,
    @Inject(LOG) log: Log,
  ) {
    this.#configuration = configuration
    this.#backends = backends
    this.#writer = writer
    this.#log = log
  }

  onApplicationBootstrap(): void {
    const { coordination } = this.#backends
    const { auditRetentionMs } = this.#configuration
    const listing = listingStore(this.#configuration, this.#backends)
    if (listing === undefined) {
      this.#log.warn(
        { event: 'no-daily-garbage-collection' },
        'garbage is not collected and ends of certificates are not watched: give them a login (VAULT_GC_ROLE_ID or VAULT_GC_KUBERNETES_ROLE), or run npm run gc daily',
      )
      return
    }
    this.#daily = new DailyGarbageCollection({
      collect: (signal) =>
        listing(async (store) => {
          const report = await collectGarbage({ store, writer: this.#writer, signal })
          if (auditRetentionMs > 0) await purgeOldAudit({ store, signal, keptMs: auditRetentionMs })
          return report
        }),
      acquireLease: () => coordination.leases.acquire('garbage-collection', dayMs),
      clock: systemClock,
      log: this.#log,
    })
  }

  async onModuleDestroy(): Promise<void> {
    await this.#daily?.stop()
  }
}
