import { PageHeader } from '../../layout/page-header.tsx'

export function CallsPage() {
  return <PageHeader title="Calls" />
}
