import { ServiceCatalogue } from '@mtls-gateway/domain'
import { Module } from '@nestjs/common'
import { CertificateChoice } from '../forward/certificate-choice.ts'
import { ForwardModule } from '../forward/forward.module.ts'
import { CheckMappingController } from './check-mapping.controller.ts'
import { CheckMapping } from './check-mapping.ts'

@Module({
  imports: [ForwardModule],
  controllers: [CheckMappingController],
  providers: [
    {
      provide: CheckMapping,
      inject: [CertificateChoice, ServiceCatalogue],
      useFactory: (choice: CertificateChoice, services: ServiceCatalogue) => new CheckMapping(choice, services),
    },
  ],
})
export class CheckMappingModule {}
