import { Bulkheads } from '@mtls-gateway/bulkhead'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AddressLookup, lookUpLimits, TargetAccessCheck, TargetGuard } from '@mtls-gateway/outbound'
import { AccountWriter } from '@mtls-gateway/registry'
import { type Backends, targetConnections } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import type { ConfigApiConfiguration } from '../configuration.ts'
import { BACKENDS, CONFIGURATION } from '../runtime/tokens.ts'
import { CaCertificates } from './ca-certificates.ts'
import { MappingExplainer } from './mapping-explainer.ts'
import { MappingExplanationController } from './mapping-explanation.controller.ts'
import { MappingRegistry } from './mapping-registry.ts'
import { MappingRequestReader } from './mapping-request.ts'
import { MappingsController } from './mappings.controller.ts'
import { TrustRecords } from './trust-records.ts'

@Module({
  controllers: [MappingsController, MappingExplanationController],
  providers: [
    {
      provide: TrustRecords,
      inject: [AccountWriter, BACKENDS],
      useFactory: (writer: AccountWriter, { store }: Backends) => new TrustRecords(writer, store),
    },
    {
      provide: MappingRegistry,
      inject: [AccountWriter, ServiceCatalogue, TrustRecords, KeyMaterialPool],
      useFactory: (
        writer: AccountWriter,
        services: ServiceCatalogue,
        trusts: TrustRecords,
        keyMaterial: KeyMaterialPool,
      ) => {
        const reader = new MappingRequestReader(services, new CaCertificates(keyMaterial))
        return new MappingRegistry(writer, reader, trusts)
      },
    },
    {
      provide: TargetAccessCheck,
      inject: [CONFIGURATION, Bulkheads],
      useFactory: (configuration: ConfigApiConfiguration, bulkheads: Bulkheads) => {
        const guard = new TargetGuard(targetConnections(configuration).guard)
        const places = bulkheads.open('look-ups', lookUpLimits)
        return new TargetAccessCheck({ guard, addresses: new AddressLookup({ guard, places }) })
      },
    },
    {
      provide: MappingExplainer,
      inject: [AccountWriter, ServiceCatalogue, TrustRecords, TargetAccessCheck],
      useFactory: (
        writer: AccountWriter,
        services: ServiceCatalogue,
        trusts: TrustRecords,
        targets: TargetAccessCheck,
      ) => new MappingExplainer({ writer, services, trusts, targets }),
    },
  ],
  exports: [TrustRecords, MappingRegistry],
})
export class MappingsModule {}
