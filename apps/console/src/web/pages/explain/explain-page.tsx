import { PageHeader } from '../../layout/page-header.tsx'

export function ExplainPage() {
  return <PageHeader title="Explain" />
}
