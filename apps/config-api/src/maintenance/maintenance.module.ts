import type { Leases } from '@mtls-gateway/coordination'
import { AccountWriter, collectGarbage, purgeOldAudit, systemClock } from '@mtls-gateway/registry'
import type { SecretStore } from '@mtls-gateway/secret-store'
import type { Log } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import type { ConfigApiConfiguration } from '../configuration/configuration.ts'
import { CONFIGURATION, LEASES, LOG, STORE } from '../runtime/tokens.ts'
import { DailyGarbageCollection } from './daily-garbage-collection.ts'
import { offWithoutListing } from './garbage-login.ts'
import { listingStore } from './listing-store.ts'

const dayMs = 86_400_000

/** What config-api does besides answering requests. It ends before the backends are closed. */
@Module({})
export class MaintenanceModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #configuration: ConfigApiConfiguration
  readonly #store: SecretStore
  readonly #leases: Leases
  readonly #writer: AccountWriter
  readonly #log: Log
  #daily: DailyGarbageCollection | undefined

  constructor(
    @Inject(CONFIGURATION) configuration: ConfigApiConfiguration,
    @Inject(STORE) store: SecretStore,
    @Inject(LEASES) leases: Leases,
    @Inject(AccountWriter) writer: AccountWriter,
    @Inject(LOG) log: Log,
  ) {
    this.#configuration = configuration
    this.#store = store
    this.#leases = leases
    this.#writer = writer
    this.#log = log
  }

  onApplicationBootstrap(): void {
    const { auditRetentionMs } = this.#configuration
    const listing = listingStore(this.#configuration, this.#store)
    if (listing === undefined) {
      this.#log.warn(
        { event: 'no-daily-garbage-collection', off: offWithoutListing(this.#configuration) },
        'nobody is told of expiring certificates, and garbage is not collected: configure a login that may list accounts (VAULT_GC_ROLE_ID or VAULT_GC_KUBERNETES_ROLE; mtls-admin vault setup prints it)',
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
      acquireLease: () => this.#leases.acquire('garbage-collection', dayMs),
      clock: systemClock,
      log: this.#log,
    })
  }

  async onModuleDestroy(): Promise<void> {
    await this.#daily?.stop()
  }
}
