import type { AppKey, CreatedAppKey } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { appKeysQuery } from '../../api/account.ts'
import { useMissingScope } from '../../api/session.ts'
import { actorName } from '../../format/actor-name.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { Answered } from '../../ui/answered.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { KeyText } from '../../ui/key-text.tsx'
import { NoScope } from '../../ui/no-scope.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { useNow } from '../../ui/use-now.ts'
import { CreatedKey } from './created-key.tsx'
import { DeleteAppKey } from './delete-app-key.tsx'
import { NewAppKey } from './new-app-key.tsx'

/** The credentials of programs that call through the gateway. */
export function AppKeysPage() {
  const missingScope = useMissingScope('mtls:admin')
  const [isOpen, setOpen] = useState(false)
  const [created, setCreated] = useState<CreatedAppKey>()
  const { data: keys = [] } = useQuery({ ...appKeysQuery(useAccountId()), enabled: missingScope === undefined })
  const add = (
    <Button look="primary" disabledReason={missingScope} onClick={() => setOpen(true)}>
      Create an app key
    </Button>
  )
  return (
    <>
      <PageHeader title="App keys" actions={(missingScope !== undefined || keys.length > 0) && add}>
        Programs sign their calls with an app key and its secret (OAuth 1.0a).
      </PageHeader>
      {created && <CreatedKey created={created} onClose={() => setCreated(undefined)} />}
      {missingScope === undefined ? <AppKeyList action={add} /> : <NoScope reason={missingScope} />}
      {isOpen && (
        <NewAppKey
          onClose={() => setOpen(false)}
          onCreated={(key) => {
            setOpen(false)
            setCreated(key)
          }}
        />
      )}
    </>
  )
}

function AppKeyList({ action }: { readonly action: ReactNode }) {
  const query = useQuery(appKeysQuery(useAccountId()))
  const [deleted, setDeleted] = useState<AppKey>()
  const columns: readonly Column<AppKey>[] = [
    { head: 'Label', cell: ({ label }) => label },
    { head: 'App key', minWidth: '15em', cell: ({ appKey }) => <KeyText text={appKey} /> },
    { head: 'Scopes', cell: ({ scopes }) => scopes.join(' ') },
    { head: 'Services', minWidth: '7em', cell: ({ services }) => services?.join(' ') ?? 'Any' },
    { head: 'Created by', cell: ({ createdBy }) => (createdBy === null ? '–' : actorName(createdBy)) },
    { head: 'Expires', cell: ({ expiresAt }) => <Expiry at={expiresAt} /> },
    { head: 'Last used', cell: ({ lastUsedAt }) => (lastUsedAt === null ? '–' : <Time at={lastUsedAt} />) },
    {
      head: 'Actions',
      kind: 'actions',
      cell: (key) => (
        <Button look="quiet" aria-label={`Delete ${key.label}`} onClick={() => setDeleted(key)}>
          Delete
        </Button>
      ),
    },
  ]
  const { data: keys = [] } = query
  return (
    <Answered query={query} label="Loading app keys">
      {keys.length > 0 ? (
        <Table label="App keys" columns={columns} rows={keys} keyOf={({ appKey }) => appKey} />
      ) : (
        <Empty title="No app keys yet" action={action}>
          Give each program that calls through the gateway its own key, so that you can revoke it separately.
        </Empty>
      )}
      {deleted && <DeleteAppKey appKey={deleted} onClose={() => setDeleted(undefined)} />}
    </Answered>
  )
}

function Expiry({ at }: { readonly at: string | null }) {
  const now = useNow()
  if (at === null) return 'Never'
  return (
    <>
      <Time at={at} /> {Date.parse(at) < now && <Badge tone="bad">Expired</Badge>}
    </>
  )
}
