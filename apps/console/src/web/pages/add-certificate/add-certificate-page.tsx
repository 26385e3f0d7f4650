import { PageHeader } from '../../layout/page-header.tsx'

export function AddCertificatePage() {
  return <PageHeader title="Add a certificate" />
}
