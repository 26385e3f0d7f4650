import { ServiceCatalogue } from '@mtls-gateway/domain'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { CertificateChoice } from '../forward/certificate/certificate-choice.ts'
import { ForwardModule } from '../forward/forward.module.ts'
import { CheckMappingController } from './check-mapping.controller.ts'
import { CheckMapping } from './check-mapping.ts'

@Module({
  imports: [ForwardModule],
  controllers: [CheckMappingController],
  providers: [provide(CheckMapping, [CertificateChoice, ServiceCatalogue])],
})
export class CheckMappingModule {}
