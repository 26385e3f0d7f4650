import { AccountWriter } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { SettingsController } from './settings.controller.ts'
import { SettingsRegistry } from './settings-registry.ts'

@Module({
  controllers: [SettingsController],
  providers: [provide(SettingsRegistry, [AccountWriter])],
  exports: [SettingsRegistry],
})
export class SettingsModule {}
