import { ServiceCatalogue } from '@mtls-gateway/domain'
import { AccountWriter } from '@mtls-gateway/registry'
import { Module } from '@nestjs/common'
import { MappingRegistry } from './mapping-registry.ts'
import { MappingRequestReader } from './mapping-request.ts'
import { MappingsController } from './mappings.controller.ts'

@Module({
  controllers: [MappingsController],
  providers: [
    {
      provide: MappingRegistry,
      inject: [AccountWriter, ServiceCatalogue],
      useFactory: (writer: AccountWriter, services: ServiceCatalogue) =>
        new MappingRegistry(writer, new MappingRequestReader(services)),
    },
  ],
})
export class MappingsModule {}
