import { PageHeader } from '../../layout/page-header.tsx'

export function CertificatePage({ certificateId }: { readonly certificateId: string }) {
  return <PageHeader title={`Certificate ${certificateId}`} />
}
