import { Bulkheads } from '@mtls-gateway/bulkhead'
import { inheritedCa } from '@mtls-gateway/outbound'
import { AccountWriter } from '@mtls-gateway/registry'
import { targetConnections } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnModuleDestroy } from '@nestjs/common'
import { CertificatesModule } from '../certificates/certificates.module.ts'
import { VersionRecords } from '../certificates/version-records.ts'
import type { ConfigApiConfiguration } from '../configuration.ts'
import { MappingsModule } from '../mappings/mappings.module.ts'
import { TrustRecords } from '../mappings/trust-records.ts'
import { CONFIGURATION } from '../runtime/tokens.ts'
import { CertificateTrials } from './certificate-trials.ts'
import { Prober } from './prober.ts'
import { storeAccessOf } from './store-access.ts'

/** Trying stored certificates out, by processes that end before the backends are closed. */
@Module({
  imports: [CertificatesModule, MappingsModule],
  providers: [
    {
      provide: Prober,
      inject: [CONFIGURATION, Bulkheads],
      useFactory: (configuration: ConfigApiConfiguration, bulkheads: Bulkheads) => {
        const { guard, extraCa } = targetConnections(configuration)
        return new Prober({
          store: storeAccessOf(configuration),
          guard,
          extraCa: [...inheritedCa(), ...extraCa],
          places: bulkheads.open('probes', {
            total: 3,
            share: 1,
            reserve: 1,
            waiting: { total: 64, share: 8, reserve: 16, limitMs: 60_000 },
          }),
        })
      },
    },
    {
      provide: CertificateTrials,
      inject: [AccountWriter, VersionRecords, TrustRecords, Prober],
      useFactory: (writer: AccountWriter, records: VersionRecords, trusts: TrustRecords, prober: Prober) =>
        new CertificateTrials({ writer, records, trusts, prober }),
    },
  ],
  exports: [CertificateTrials],
})
export class ProberModule implements OnModuleDestroy {
  readonly #prober: Prober

  constructor(@Inject(Prober) prober: Prober) {
    this.#prober = prober
  }

  async onModuleDestroy(): Promise<void> {
    await this.#prober.close()
  }
}
