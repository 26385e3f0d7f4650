import { Bulkheads } from '@mtls-gateway/bulkhead'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AddressLookup, lookUpLimits, TargetAccessCheck, TargetGuard } from '@mtls-gateway/outbound'
import { AccountWriter } from '@mtls-gateway/registry'
import { provide, provideBy, targetConnections } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { AuthModule } from '../auth/auth.module.ts'
import { DeploymentMacKeys } from '../auth/deployment-mac-keys.ts'
import { CONFIGURATION, OUTCOMES, STORE } from '../runtime/tokens.ts'
import { CaCertificates } from './ca-certificates.ts'
import { LastCallsReader } from './last-calls.ts'
import { MappingExplainer } from './mapping-explainer.ts'
import { MappingExplanationController } from './mapping-explanation.controller.ts'
import { MappingRegistry } from './mapping-registry.ts'
import { MappingRequestReader } from './mapping-request.ts'
import { MappingsController } from './mappings.controller.ts'
import { TargetSecrets } from './target-secrets.ts'
import { TrustRecords } from './trust-records.ts'

@Module({
  imports: [AuthModule],
  controllers: [MappingsController, MappingExplanationController],
  providers: [
    provide(CaCertificates, [KeyMaterialPool]),
    provide(MappingRequestReader, [ServiceCatalogue, CaCertificates]),
    provide(TrustRecords, [AccountWriter, STORE]),
    provide(TargetSecrets, [AccountWriter, DeploymentMacKeys]),
    provide(LastCallsReader, [OUTCOMES]),
    provide(MappingRegistry, {
      writer: AccountWriter,
      services: ServiceCatalogue,
      reader: MappingRequestReader,
      trusts: TrustRecords,
      secrets: TargetSecrets,
      lastCalls: LastCallsReader,
    }),
    provideBy(TargetAccessCheck, [CONFIGURATION, Bulkheads], (configuration, pools) => {
      const guard = new TargetGuard(targetConnections(configuration).guard)
      const places = pools.open('look-ups', lookUpLimits)
      return new TargetAccessCheck({ guard, addresses: new AddressLookup({ guard, places }) })
    }),
    provide(MappingExplainer, {
      writer: AccountWriter,
      services: ServiceCatalogue,
      trusts: TrustRecords,
      targets: TargetAccessCheck,
    }),
  ],
  exports: [CaCertificates, MappingRegistry, TargetSecrets, TrustRecords],
})
export class MappingsModule {}
