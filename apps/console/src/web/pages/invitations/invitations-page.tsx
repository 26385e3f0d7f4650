import { PageHeader } from '../../layout/page-header.tsx'

export function InvitationsPage() {
  return <PageHeader title="Invitations" />
}
