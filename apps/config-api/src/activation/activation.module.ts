import { ServiceCatalogue } from '@mtls-gateway/domain'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AccountWriter } from '@mtls-gateway/registry'
import { Module } from '@nestjs/common'
import { CaCertificates } from '../mappings/ca-certificates.ts'
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
      inject: [AccountWriter, ServiceCatalogue, KeyMaterialPool, CertificateTrials],
      useFactory: (
        writer: AccountWriter,
        services: ServiceCatalogue,
        keyMaterial: KeyMaterialPool,
        trials: CertificateTrials,
      ) => new Activations({ writer, services, caCertificates: new CaCertificates(keyMaterial), trials }),
    },
  ],
})
export class ActivationModule {}
