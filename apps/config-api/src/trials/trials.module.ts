import { AccountWriter } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { CaCertificates } from '../mappings/ca-certificates.ts'
import { MappingsModule } from '../mappings/mappings.module.ts'
import { TrustRecords } from '../mappings/trust-records.ts'
import { CertificateProbes } from '../prober/certificate-probes.ts'
import { ProberModule } from '../prober/prober.module.ts'
import { CertificateTrials } from './certificate-trials.ts'
import { TrialsController } from './trials.controller.ts'

@Module({
  imports: [MappingsModule, ProberModule],
  controllers: [TrialsController],
  providers: [
    provide(CertificateTrials, {
      writer: AccountWriter,
      caCertificates: CaCertificates,
      trusts: TrustRecords,
      probes: CertificateProbes,
    }),
  ],
})
export class TrialsModule {}
