import { AccountWriter } from '@mtls-gateway/registry'
import { provideBy } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { CONFIGURATION } from '../runtime/tokens.ts'
import { SettingsController } from './settings.controller.ts'
import { SettingsRegistry } from './settings-registry.ts'

@Module({
  controllers: [SettingsController],
  providers: [
    provideBy(
      SettingsRegistry,
      [AccountWriter, CONFIGURATION],
      (writer, { smtpUrl }) => new SettingsRegistry(writer, { sendsMail: smtpUrl !== undefined }),
    ),
  ],
  exports: [SettingsRegistry],
})
export class SettingsModule {}
