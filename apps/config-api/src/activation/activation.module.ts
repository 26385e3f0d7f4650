import { ServiceCatalogue } from '@mtls-gateway/domain'
import { AccountWriter } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { CaCertificates } from '../mappings/ca-certificates.ts'
import { MappingsModule } from '../mappings/mappings.module.ts'
import { TrustRecords } from '../mappings/trust-records.ts'
import { CertificateProbes } from '../prober/certificate-probes.ts'
import { ProberModule } from '../prober/prober.module.ts'
import { ActivationController } from './activation.controller.ts'
import { Activations } from './activations.ts'

@Module({
  imports: [MappingsModule, ProberModule],
  controllers: [ActivationController],
  providers: [
    provide(Activations, {
      writer: AccountWriter,
      services: ServiceCatalogue,
      caCertificates: CaCertificates,
      trusts: TrustRecords,
      probes: CertificateProbes,
    }),
  ],
})
export class ActivationModule {}
