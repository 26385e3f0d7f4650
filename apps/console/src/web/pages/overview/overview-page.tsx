import { PageHeader } from '../../layout/page-header.tsx'

export function OverviewPage() {
  return <PageHeader title="Overview" />
}
