import { PageHeader } from '../../layout/page-header.tsx'

export function SigningRequestPage() {
  return <PageHeader title="Request a certificate" />
}
