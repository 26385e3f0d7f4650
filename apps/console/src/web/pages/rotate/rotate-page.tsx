import { PageHeader } from '../../layout/page-header.tsx'

export function RotatePage({ certificateId }: { readonly certificateId: string }) {
  return <PageHeader title={`Rotate ${certificateId}`} />
}
