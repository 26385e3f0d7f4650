import { commandGroup } from '../command-group.ts'
import { deleteCertificateCommand } from './delete-certificate.ts'
import { downloadCertificateCommand } from './download-certificate.ts'
import { dropPreviousCommand, dropStagedCommand } from './drop-version.ts'
import { listCertificatesCommand } from './list-certificates.ts'
import { showCertificateCommand } from './show-certificate.ts'

/** What `mtls upload` and `mtls csr` have made. */
export const certificatesCommand = commandGroup('certificates', 'list, show, download and delete certificates', [
  listCertificatesCommand,
  showCertificateCommand,
  downloadCertificateCommand,
  dropStagedCommand,
  dropPreviousCommand,
  deleteCertificateCommand,
])
