import { collectGarbage, systemClock } from '@mtls-gateway/registry'
import type { Backends, Log } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common'
import { BACKENDS, LOG } from '../runtime/tokens.ts'
import { DailyGarbageCollection } from './daily-garbage-collection.ts'

const dayMs = 86_400_000

/** What config-api does beside its requests. It ends before the backends are closed. */
@Module({})
export class MaintenanceModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #backends: Backends
  readonly #log: Log
  #daily: DailyGarbageCollection | undefined

  constructor(@Inject(BACKENDS) backends: Backends, @Inject(LOG) log: Log) {
    this.#backends = backends
    this.#log = log
  }

  onApplicationBootstrap(): void {
    const { store, coordination } = this.#backends
    this.#daily = new DailyGarbageCollection({
      collect: (signal) => collectGarbage({ store, signal }),
      acquireLease: () => coordination.leases.acquire('garbage-collection', dayMs),
      clock: systemClock,
      log: this.#log,
    })
  }

  async onModuleDestroy(): Promise<void> {
    await this.#daily?.stop()
  }
}
