import { PageHeader } from '../../layout/page-header.tsx'

export function SigningPage({ certificateId }: { readonly certificateId: string }) {
  return <PageHeader title={`Signing request ${certificateId}`} />
}
