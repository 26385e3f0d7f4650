import { PageHeader } from '../../layout/page-header.tsx'

export function AppKeysPage() {
  return <PageHeader title="App keys" />
}
