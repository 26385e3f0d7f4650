import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AccountWriter } from '@mtls-gateway/registry'
import type { Backends, Log } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { BACKENDS, LOG } from '../runtime/tokens.ts'
import { CertificateCatalogue } from './certificate-catalogue.ts'
import { CertificateFilesController } from './certificate-files.controller.ts'
import { CertificateOnboarding } from './certificate-onboarding.ts'
import { CertificatesController } from './certificates.controller.ts'
import { VersionChanges } from './version-changes.ts'
import { VersionRecords } from './version-records.ts'
import { VersionUploads } from './version-uploads.ts'

@Module({
  controllers: [CertificateFilesController, CertificatesController],
  providers: [
    {
      provide: VersionRecords,
      inject: [AccountWriter, BACKENDS],
      useFactory: (writer: AccountWriter, { store }: Backends) => new VersionRecords(writer, store),
    },
    {
      provide: VersionUploads,
      inject: [KeyMaterialPool, VersionRecords],
      useFactory: (keyMaterial: KeyMaterialPool, records: VersionRecords) => new VersionUploads(keyMaterial, records),
    },
    {
      provide: VersionChanges,
      inject: [AccountWriter],
      useFactory: (writer: AccountWriter) => new VersionChanges(writer),
    },
    {
      provide: CertificateOnboarding,
      inject: [AccountWriter, VersionUploads, LOG],
      useFactory: (writer: AccountWriter, uploads: VersionUploads, log: Log) =>
        new CertificateOnboarding(writer, uploads, log),
    },
    {
      provide: CertificateCatalogue,
      inject: [AccountWriter, BACKENDS, VersionRecords],
      useFactory: (writer: AccountWriter, { store, coordination }: Backends, records: VersionRecords) =>
        new CertificateCatalogue(writer, store, records, coordination.usage),
    },
  ],
  exports: [CertificateCatalogue, VersionRecords, VersionUploads, VersionChanges],
})
export class CertificatesModule {}
