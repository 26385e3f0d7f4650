import { ServiceCatalogue } from '@mtls-gateway/domain'
import { provideBy } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { CertificateChoice } from '../forward/certificate/certificate-choice.ts'
import { TargetCredentials } from '../forward/credentials/target-credentials.ts'
import { ForwardModule } from '../forward/forward.module.ts'
import { CONFIGURATION } from '../runtime/tokens.ts'
import { CheckMappingController } from './check-mapping.controller.ts'
import { CheckMapping } from './check-mapping.ts'

@Module({
  imports: [ForwardModule],
  controllers: [CheckMappingController],
  providers: [
    provideBy(
      CheckMapping,
      [CertificateChoice, TargetCredentials, ServiceCatalogue, CONFIGURATION],
      (choice, credentials, services, { compatibility }) =>
        new CheckMapping(choice, credentials, services, compatibility),
    ),
  ],
})
export class CheckMappingModule {}
