import { PageHeader } from '../../layout/page-header.tsx'

export function SettingsPage() {
  return <PageHeader title="Settings" />
}
