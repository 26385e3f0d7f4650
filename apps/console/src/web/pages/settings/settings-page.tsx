import type { Answer } from '@mtls-gateway/client/page'
import type { Settings } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { settingsQuery } from '../../api/account.ts'
import { useMissingScope } from '../../api/session.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { Answered } from '../../ui/answered.tsx'
import { NoScope } from '../../ui/no-scope.tsx'
import { ApprovalSettings } from './approval-settings.tsx'
import { NoticeSettings } from './notice-settings.tsx'
import { UnmappedCalls } from './unmapped-calls.tsx'
import { WebhookSettings } from './webhook-settings.tsx'

/** What holds for the whole account. */
export function SettingsPage() {
  const missingScope = useMissingScope('mtls:admin')
  return (
    <>
      <PageHeader title="Settings" />
      {missingScope === undefined ? <AllSettings /> : <NoScope reason={missingScope} />}
    </>
  )
}

function AllSettings() {
  const query = useQuery(settingsQuery(useAccountId()))
  return (
    <Answered query={query} label="Loading the settings">
      {query.data && <Cards settings={query.data} />}
    </Answered>
  )
}

function Cards({ settings }: { readonly settings: Answer<Settings> }) {
  return (
    <>
      <UnmappedCalls settings={settings} />
      <NoticeSettings settings={settings} />
      <ApprovalSettings settings={settings} />
      <WebhookSettings settings={settings} />
    </>
  )
}
