import { ServiceCatalogue } from '@mtls-gateway/domain'
import { AccountWriter } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { AuthModule } from '../auth/auth.module.ts'
import { DeploymentMacKeys } from '../auth/deployment-mac-keys.ts'
import { USAGE } from '../runtime/tokens.ts'
import { AppKeyIds } from './app-key-ids.ts'
import { AppKeyRegistry } from './app-key-registry.ts'
import { AppKeysController } from './app-keys.controller.ts'

@Module({
  imports: [AuthModule],
  controllers: [AppKeysController],
  providers: [
    provide(AppKeyIds, [DeploymentMacKeys]),
    provide(AppKeyRegistry, [AccountWriter, AppKeyIds, USAGE, ServiceCatalogue]),
  ],
  exports: [AppKeyRegistry],
})
export class AppKeysModule {}
