import { ServiceCatalogue } from '@mtls-gateway/domain'
import { AccountWriter } from '@mtls-gateway/registry'
import { Module } from '@nestjs/common'
import { MappingsModule } from '../mappings/mappings.module.ts'
import { CertificateTrials } from '../prober/certificate-trials.ts'
import { ProberModule } from '../prober/prober.module.ts'
import { ActivationController } from './activation.controller.ts'
import { Activations } from './activations.ts'

@Module({
  imports: [MappingsModule, ProberModule],
  controllers: [ActivationController],
  providers: [
    {
      provide: Activations,
      inject: [AccountWriter, ServiceCatalogue, CertificateTrials],
      useFactory: (writer: AccountWriter, services: ServiceCatalogue, trials: CertificateTrials) =>
        new Activations(writer, services, trials),
    },
  ],
})
export class ActivationModule {}
