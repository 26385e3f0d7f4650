import { Bulkheads } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { AccountWriter } from '@mtls-gateway/registry'
import type { Log } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnModuleDestroy } from '@nestjs/common'
import { CertificatesModule } from '../certificates/certificates.module.ts'
import { VersionRecords } from '../certificates/version-records.ts'
import type { ConfigApiConfiguration } from '../configuration.ts'
import { MappingsModule } from '../mappings/mappings.module.ts'
import { TrustRecords } from '../mappings/trust-records.ts'
import { CONFIGURATION, LOG } from '../runtime/tokens.ts'
import { CertificateTrials } from './certificate-trials.ts'
import { openProber } from './open-prober.ts'
import type { Prober } from './prober.ts'

const PROBER = Symbol('the prober')

/** Tries stored certificates out. Probes end before the backends are closed. */
@Module({
  imports: [CertificatesModule, MappingsModule],
  providers: [
    {
      provide: PROBER,
      inject: [CONFIGURATION, Bulkheads, Ranks, LOG],
      useFactory: (configuration: ConfigApiConfiguration, bulkheads: Bulkheads, ranks: Ranks, log: Log) =>
        openProber(configuration, { bulkheads, ranks, log }),
    },
    {
      provide: CertificateTrials,
      inject: [AccountWriter, VersionRecords, TrustRecords, PROBER],
      useFactory: (writer: AccountWriter, records: VersionRecords, trusts: TrustRecords, prober: Prober) =>
        new CertificateTrials({ writer, records, trusts, prober }),
    },
  ],
  exports: [CertificateTrials],
})
export class ProberModule implements OnModuleDestroy {
  readonly #prober: Prober

  constructor(@Inject(PROBER) prober: Prober) {
    this.#prober = prober
  }

  async onModuleDestroy(): Promise<void> {
    await this.#prober.close()
  }
}
