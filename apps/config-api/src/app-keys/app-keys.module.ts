import { AccountWriter } from '@mtls-gateway/registry'
import { Module } from '@nestjs/common'
import { AppKeyRegistry } from './app-key-registry.ts'
import { AppKeysController } from './app-keys.controller.ts'

@Module({
  controllers: [AppKeysController],
  providers: [
    {
      provide: AppKeyRegistry,
      inject: [AccountWriter],
      useFactory: (writer: AccountWriter) => new AppKeyRegistry(writer),
    },
  ],
})
export class AppKeysModule {}
