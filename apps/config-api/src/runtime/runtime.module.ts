import { ServiceCatalogue } from '@mtls-gateway/domain'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { Dispatchers, TargetGuard } from '@mtls-gateway/outbound'
import { AccountWriter } from '@mtls-gateway/registry'
import { type Backends, closeBackends, type Log } from '@mtls-gateway/service-kit'
import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common'
import { NoticingWriter } from '../changes/delayed-notices.ts'
import type { ConfigApiConfiguration } from '../configuration.ts'
import { BACKENDS, CONFIGURATION, LOG } from './tokens.ts'

export interface Runtime {
  readonly configuration: ConfigApiConfiguration
  readonly backends: Backends
  readonly log: Log
}

/** At most 256 KiB each; beyond it a caller is told to come back. */
const maxWaitingFiles = 512

/** What every feature of config-api stands on: the writer of accounts, the pool that reads key material, the way out. */
@Global()
@Module({})
export class RuntimeModule implements OnApplicationShutdown {
  readonly #writer: AccountWriter
  readonly #keyMaterial: KeyMaterialPool
  readonly #dispatchers: Dispatchers
  readonly #backends: Backends

  constructor(
    @Inject(AccountWriter) writer: AccountWriter,
    @Inject(KeyMaterialPool) keyMaterial: KeyMaterialPool,
    @Inject(Dispatchers) dispatchers: Dispatchers,
    @Inject(BACKENDS) backends: Backends,
  ) {
    this.#writer = writer
    this.#keyMaterial = keyMaterial
    this.#dispatchers = dispatchers
    this.#backends = backends
  }

  static with({ configuration, backends, log }: Runtime): DynamicModule {
    const { store, coordination } = backends
    const providers = [
      { provide: CONFIGURATION, useValue: configuration },
      { provide: BACKENDS, useValue: backends },
      { provide: LOG, useValue: log },
      { provide: ServiceCatalogue, useValue: configuration.services },
      {
        provide: NoticingWriter,
        useFactory: () => new NoticingWriter({ store, changeFeed: coordination.changeFeed, logger: log }),
      },
      { provide: AccountWriter, useExisting: NoticingWriter },
      { provide: KeyMaterialPool, useFactory: () => new KeyMaterialPool({ maxWaiting: maxWaitingFiles }) },
      { provide: Dispatchers, useFactory: () => dispatchersOf(configuration) },
    ]
    return { module: RuntimeModule, providers, exports: providers.map(({ provide }) => provide) }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#keyMaterial.close()
    await this.#dispatchers.destroy()
    await this.#writer.close()
    await closeBackends(this.#backends)
  }
}

function dispatchersOf({ targetAllowCidrs, targetPorts, targetExtraCa }: ConfigApiConfiguration): Dispatchers {
  const guard = new TargetGuard({ allowCidrs: targetAllowCidrs, ports: targetPorts })
  return new Dispatchers({ guard, extraCa: targetExtraCa })
}
