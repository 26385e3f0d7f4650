import { AccountWriter } from '@mtls-gateway/registry'
import { provide } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { CertificatesModule } from '../certificates/certificates.module.ts'
import { VersionChanges } from '../certificates/versions/version-changes.ts'
import { VersionRecords } from '../certificates/versions/version-records.ts'
import { VersionUploads } from '../certificates/versions/version-uploads.ts'
import { CertificateProbes } from '../prober/certificate-probes.ts'
import { ProberModule } from '../prober/prober.module.ts'
import { StagedProbes } from './staged-probes.ts'
import { StagedVersionsController } from './staged-versions.controller.ts'
import { StagedVersions } from './staged-versions.ts'

@Module({
  imports: [CertificatesModule, ProberModule],
  controllers: [StagedVersionsController],
  providers: [
    provide(StagedVersions, {
      writer: AccountWriter,
      uploads: VersionUploads,
      records: VersionRecords,
      changes: VersionChanges,
    }),
    provide(StagedProbes, [AccountWriter, CertificateProbes]),
  ],
  exports: [StagedVersions, StagedProbes],
})
export class StagedVersionsModule {}
