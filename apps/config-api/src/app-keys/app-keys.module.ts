import { AccountWriter } from '@mtls-gateway/registry'
import { AppKeyMacs } from '@mtls-gateway/request-auth'
import type { Backends } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { AuthModule } from '../auth/auth.module.ts'
import { BACKENDS } from '../runtime/tokens.ts'
import { AppKeyIds } from './app-key-ids.ts'
import { AppKeyRegistry } from './app-key-registry.ts'
import { AppKeysController } from './app-keys.controller.ts'

@Module({
  imports: [AuthModule],
  controllers: [AppKeysController],
  providers: [
    {
      provide: AppKeyRegistry,
      inject: [AccountWriter, BACKENDS, AppKeyMacs],
      useFactory: (writer: AccountWriter, { store, coordination }: Backends, macs: AppKeyMacs) =>
        new AppKeyRegistry(writer, new AppKeyIds(store, macs), coordination.usage),
    },
  ],
  exports: [AppKeyRegistry],
})
export class AppKeysModule {}
