import { AccountWriter } from '@mtls-gateway/registry'
import { AppKeyMacs } from '@mtls-gateway/request-auth'
import { provideBy } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { AuthModule } from '../auth/auth.module.ts'
import { DeploymentMacKeys } from '../auth/deployment-mac-keys.ts'
import { CONFIGURATION } from '../runtime/tokens.ts'
import { InvitationRegistry } from './invitation-registry.ts'
import { InvitationsController } from './invitations.controller.ts'

@Module({
  imports: [AuthModule],
  controllers: [InvitationsController],
  providers: [
    provideBy(
      InvitationRegistry,
      [AccountWriter, AppKeyMacs, DeploymentMacKeys, CONFIGURATION],
      (writer, macs, macKeys, { consoleUrl }) => new InvitationRegistry({ writer, macs, macKeys, consoleUrl }),
    ),
  ],
  exports: [InvitationRegistry],
})
export class InvitationsModule {}
