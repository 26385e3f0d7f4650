import { AccountWriter } from '@mtls-gateway/registry'
import type { Backends } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { BACKENDS } from '../runtime/tokens.ts'
import { AppKeyRegistry } from './app-key-registry.ts'
import { AppKeysController } from './app-keys.controller.ts'

@Module({
  controllers: [AppKeysController],
  providers: [
    {
      provide: AppKeyRegistry,
      inject: [AccountWriter, BACKENDS],
      useFactory: (writer: AccountWriter, { coordination }: Backends) => new AppKeyRegistry(writer, coordination.usage),
    },
  ],
  exports: [AppKeyRegistry],
})
export class AppKeysModule {}
