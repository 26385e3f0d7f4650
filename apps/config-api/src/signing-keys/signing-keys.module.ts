import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AccountWriter, PublishedKeyReader } from '@mtls-gateway/registry'
import { provide, provideBy } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { SigningKeyRegistry } from './signing-key-registry.ts'
import { SigningKeysController } from './signing-keys.controller.ts'

@Module({
  controllers: [SigningKeysController],
  providers: [
    provideBy(
      PublishedKeyReader,
      [AccountWriter],
      (writer) => new PublishedKeyReader((accountId) => writer.credentials(accountId)),
    ),
    provide(SigningKeyRegistry, [AccountWriter, PublishedKeyReader, KeyMaterialPool]),
  ],
  exports: [SigningKeyRegistry],
})
export class SigningKeysModule {}
