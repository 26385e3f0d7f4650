import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AccountWriter } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { LOG, STORE, USAGE } from '../runtime/tokens.ts'
import { CertificateCatalogue } from './certificate-catalogue.ts'
import { CertificateFilesController } from './certificate-files.controller.ts'
import { CertificatesController } from './certificates.controller.ts'
import { CertificateOnboarding } from './upload/certificate-onboarding.ts'
import { VersionChanges } from './versions/version-changes.ts'
import { VersionRecords } from './versions/version-records.ts'
import { VersionUploads } from './versions/version-uploads.ts'

@Module({
  controllers: [CertificateFilesController, CertificatesController],
  providers: [
    provide(VersionRecords, [AccountWriter, STORE]),
    provide(VersionUploads, [KeyMaterialPool, VersionRecords]),
    provide(VersionChanges, [AccountWriter]),
    provide(CertificateOnboarding, [AccountWriter, VersionUploads, VersionRecords, LOG]),
    provide(CertificateCatalogue, [AccountWriter, VersionRecords, USAGE]),
  ],
  exports: [CertificateCatalogue, VersionRecords, VersionUploads, VersionChanges],
})
export class CertificatesModule {}
