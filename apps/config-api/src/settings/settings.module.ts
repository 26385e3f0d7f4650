import { AccountWriter } from '@mtls-gateway/registry'
import { Module } from '@nestjs/common'
import { SettingsController } from './settings.controller.ts'
import { SettingsRegistry } from './settings-registry.ts'

@Module({
  controllers: [SettingsController],
  providers: [
    {
      provide: SettingsRegistry,
      inject: [AccountWriter],
      useFactory: (writer: AccountWriter) => new SettingsRegistry(writer),
    },
  ],
  exports: [SettingsRegistry],
})
export class SettingsModule {}
