import { ServiceCatalogue } from '@mtls-gateway/domain'
import { AccountWriter } from '@mtls-gateway/registry'
import type { Backends } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { BACKENDS } from '../runtime/tokens.ts'
import { MappingRegistry } from './mapping-registry.ts'
import { MappingRequestReader } from './mapping-request.ts'
import { MappingsController } from './mappings.controller.ts'
import { TrustRecords } from './trust-records.ts'

@Module({
  controllers: [MappingsController],
  providers: [
    {
      provide: MappingRegistry,
      inject: [AccountWriter, ServiceCatalogue, BACKENDS],
      useFactory: (writer: AccountWriter, services: ServiceCatalogue, { store }: Backends) =>
        new MappingRegistry(writer, new MappingRequestReader(services), new TrustRecords(writer, store)),
    },
  ],
})
export class MappingsModule {}
