import { AccountWriter } from '@mtls-gateway/registry'
import { AppKeyMacs } from '@mtls-gateway/request-auth'
import { provideBy } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { AuthModule } from '../auth/auth.module.ts'
import { DeploymentMacKeys } from '../auth/deployment-mac-keys.ts'
import { CertificatesModule } from '../certificates/certificates.module.ts'
import { VersionRecords } from '../certificates/versions/version-records.ts'
import { CONFIGURATION, LOG } from '../runtime/tokens.ts'
import { HandoverRegistry } from './handover-registry.ts'
import { HandoversController } from './handovers.controller.ts'

@Module({
  imports: [AuthModule, CertificatesModule],
  controllers: [HandoversController],
  providers: [
    provideBy(
      HandoverRegistry,
      [AccountWriter, VersionRecords, AppKeyMacs, DeploymentMacKeys, CONFIGURATION, LOG],
      (writer, records, macs, macKeys, { consoleUrl }, log) =>
        new HandoverRegistry({ writer, records, macs, macKeys, consoleUrl, log }),
    ),
  ],
  exports: [HandoverRegistry],
})
export class HandoversModule {}
