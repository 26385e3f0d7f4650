import { commandGroup } from '../command-group.ts'
import { deleteCertificateCommand } from './delete-certificate.ts'
import { downloadCertificateCommand } from './download-certificate.ts'
import { dropPreviousCommand, dropStagedCommand } from './drop-version.ts'
import { listCertificatesCommand } from './list-certificates.ts'
import { replaceCertificatesCommand } from './replace-certificates.ts'
import { showCertificateCommand } from './show-certificate.ts'
import { certificateSummaryCommand } from './summary.ts'

/** What `mtls upload` and `mtls csr` have made. */
export const certificatesCommand = commandGroup(
  'certificates',
  'list, count, show, replace, download and delete certificates',
  [
    listCertificatesCommand,
    certificateSummaryCommand,
    showCertificateCommand,
    downloadCertificateCommand,
    replaceCertificatesCommand,
    dropStagedCommand,
    dropPreviousCommand,
    deleteCertificateCommand,
  ],
)
