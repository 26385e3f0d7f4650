import { AccountWriter } from '@mtls-gateway/registry'
import { Module } from '@nestjs/common'
import { CertificatesModule } from '../certificates/certificates.module.ts'
import { VersionChanges } from '../certificates/version-changes.ts'
import { VersionRecords } from '../certificates/version-records.ts'
import { VersionUploads } from '../certificates/version-uploads.ts'
import { CertificateTrials } from '../prober/certificate-trials.ts'
import { ProberModule } from '../prober/prober.module.ts'
import { StagedProbes } from './staged-probes.ts'
import { StagedVersionsController } from './staged-versions.controller.ts'
import { StagedVersions } from './staged-versions.ts'

@Module({
  imports: [CertificatesModule, ProberModule],
  controllers: [StagedVersionsController],
  providers: [
    {
      provide: StagedVersions,
      inject: [AccountWriter, VersionUploads, VersionRecords, VersionChanges],
      useFactory: (writer: AccountWriter, uploads: VersionUploads, records: VersionRecords, changes: VersionChanges) =>
        new StagedVersions({ writer, uploads, records, changes }),
    },
    {
      provide: StagedProbes,
      inject: [AccountWriter, CertificateTrials],
      useFactory: (writer: AccountWriter, trials: CertificateTrials) => new StagedProbes(writer, trials),
    },
  ],
})
export class StagedVersionsModule {}
