import { ServiceCatalogue } from '@mtls-gateway/domain'
import { AccountWriter } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { CaCertificates } from '../mappings/ca-certificates.ts'
import { MappingsModule } from '../mappings/mappings.module.ts'
import { TargetSecrets } from '../mappings/target-secrets.ts'
import { TrustRecords } from '../mappings/trust-records.ts'
import { PlansModule } from '../plans/plans.module.ts'
import { RenewalPlans } from '../plans/renewal-plans.ts'
import { DocumentController } from './document.controller.ts'
import { DocumentReader } from './document-reader.ts'
import { DocumentRegistry } from './document-registry.ts'

@Module({
  imports: [MappingsModule, PlansModule],
  controllers: [DocumentController],
  providers: [
    provide(DocumentReader, {
      services: ServiceCatalogue,
      cas: CaCertificates,
      secrets: TargetSecrets,
      plans: RenewalPlans,
    }),
    provide(DocumentRegistry, {
      writer: AccountWriter,
      services: ServiceCatalogue,
      reader: DocumentReader,
      trusts: TrustRecords,
      secrets: TargetSecrets,
      plans: RenewalPlans,
    }),
  ],
})
export class DocumentModule {}
