import { Bulkheads } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AccountWriter } from '@mtls-gateway/registry'
import { provide, provideBy, token } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnModuleDestroy } from '@nestjs/common'
import { CertificatesModule } from '../certificates/certificates.module.ts'
import { VersionRecords } from '../certificates/versions/version-records.ts'
import { MappingsModule } from '../mappings/mappings.module.ts'
import { TrustRecords } from '../mappings/trust-records.ts'
import { CONFIGURATION, EGRESS_PROXIES, LOG, STORE } from '../runtime/tokens.ts'
import { CertificateProbes } from './certificate-probes.ts'
import { openProber } from './open-prober.ts'
import type { Prober } from './prober.ts'

export const PROBER = token<Prober>('Prober')

/** Probes targets with stored certificates. Probes end before the backends are closed. */
@Module({
  imports: [CertificatesModule, MappingsModule],
  providers: [
    provideBy(
      PROBER,
      [CONFIGURATION, Bulkheads, Ranks, LOG, STORE, KeyMaterialPool, EGRESS_PROXIES],
      (configuration, bulkheads, ranks, log, store, keyMaterial, egress) =>
        openProber(configuration, { bulkheads, ranks, log, store, keyMaterial, egress }),
    ),
    provide(CertificateProbes, {
      writer: AccountWriter,
      records: VersionRecords,
      trusts: TrustRecords,
      prober: PROBER,
    }),
  ],
  exports: [CertificateProbes, PROBER],
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
