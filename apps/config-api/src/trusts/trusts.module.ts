import { AccountWriter } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { CaCertificates } from '../mappings/ca-certificates.ts'
import { MappingsModule } from '../mappings/mappings.module.ts'
import { TrustRecords } from '../mappings/trust-records.ts'
import { TrustRegistry } from './trust-registry.ts'
import { TrustsController } from './trusts.controller.ts'

@Module({
  imports: [MappingsModule],
  controllers: [TrustsController],
  providers: [provide(TrustRegistry, [AccountWriter, CaCertificates, TrustRecords])],
  exports: [TrustRegistry],
})
export class TrustsModule {}
