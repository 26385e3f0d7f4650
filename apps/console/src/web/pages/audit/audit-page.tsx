import { PageHeader } from '../../layout/page-header.tsx'

export function AuditPage() {
  return <PageHeader title="Audit" />
}
