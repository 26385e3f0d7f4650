import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AccountWriter } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { CertificatesModule } from '../certificates/certificates.module.ts'
import { VersionChanges } from '../certificates/versions/version-changes.ts'
import { VersionRecords } from '../certificates/versions/version-records.ts'
import { SigningRequestsController } from './signing-requests.controller.ts'
import { SigningRequests } from './signing-requests.ts'

@Module({
  imports: [CertificatesModule],
  controllers: [SigningRequestsController],
  providers: [
    provide(SigningRequests, {
      writer: AccountWriter,
      keyMaterial: KeyMaterialPool,
      records: VersionRecords,
      changes: VersionChanges,
    }),
  ],
  exports: [SigningRequests],
})
export class SigningRequestsModule {}
