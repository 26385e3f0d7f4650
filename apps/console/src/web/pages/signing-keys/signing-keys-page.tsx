import type { SigningKey } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useMissingScope } from '../../api/session.ts'
import { signingKeysQuery } from '../../api/signing-keys.ts'
import { actorName } from '../../format/actor-name.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { Answered } from '../../ui/answered.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { KeyText } from '../../ui/key-text.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { ActivateSigningKey, DeleteSigningKey } from './change-signing-key.tsx'
import { KeySet } from './key-set.tsx'
import { NewSigningKey, uses } from './new-signing-key.tsx'

type Opened = { readonly what: 'new' } | { readonly what: 'activate' | 'delete'; readonly key: SigningKey }

/** What the gateway signs with for the targets of the account. */
export function SigningKeysPage() {
  const query = useQuery(signingKeysQuery(useAccountId()))
  const missingScope = useMissingScope('mtls:write')
  const [opened, setOpened] = useState<Opened>()
  const close = () => setOpened(undefined)
  const { data: keys = [] } = query
  const add = (
    <Button look="primary" disabledReason={missingScope} onClick={() => setOpened({ what: 'new' })}>
      Make a signing key
    </Button>
  )
  const columns: readonly Column<SigningKey>[] = [
    { head: 'Key id', minWidth: '12em', cell: ({ kid }) => <KeyText text={kid} /> },
    { head: 'Use', minWidth: '11em', cell: ({ use }) => uses[use] },
    { head: 'Algorithm', kind: 'word', cell: ({ algorithm }) => algorithm },
    { head: 'State', cell: (key) => <State of={key} /> },
    {
      head: 'Made',
      cell: ({ createdAt, createdBy }) => (
        <>
          <Time at={createdAt} /> by {actorName(createdBy)}
        </>
      ),
    },
    {
      head: 'Actions',
      kind: 'actions',
      cell: (key) => (
        <>
          <Button
            look="quiet"
            aria-label={`Activate ${key.kid}`}
            disabledReason={missingScope ?? (key.state === 'active' ? 'It signs already.' : undefined)}
            onClick={() => setOpened({ what: 'activate', key })}
          >
            Activate
          </Button>
          <Button
            look="quiet"
            aria-label={`Delete ${key.kid}`}
            disabledReason={missingScope}
            onClick={() => setOpened({ what: 'delete', key })}
          >
            Delete
          </Button>
        </>
      ),
    },
  ]
  return (
    <>
      <PageHeader title="Signing keys" actions={keys.length > 0 && add}>
        The gateway signs with them for your targets. It makes them itself, and their private parts never leave it.
      </PageHeader>
      <Answered query={query} label="Loading signing keys">
        {keys.length > 0 ? (
          <Table label="Signing keys" columns={columns} rows={keys} keyOf={({ kid }) => kid} />
        ) : (
          <Empty title="No signing keys yet" action={add}>
            Make one if an authorization server knows you by a key (private_key_jwt).
          </Empty>
        )}
        <KeySet keys={keys} />
      </Answered>
      {opened?.what === 'new' && <NewSigningKey onClose={close} />}
      {opened?.what === 'activate' && <ActivateSigningKey signingKey={opened.key} onClose={close} />}
      {opened?.what === 'delete' && <DeleteSigningKey signingKey={opened.key} onClose={close} />}
    </>
  )
}

function State({ of: { state, activatedAt, retiredAt } }: { readonly of: SigningKey }) {
  if (state === 'published') return <Badge>Has not signed yet</Badge>
  const since = state === 'active' ? activatedAt : retiredAt
  return (
    <>
      <Badge tone={state === 'active' ? 'good' : 'warn'}>{state === 'active' ? 'Active' : 'Retired'}</Badge>{' '}
      {since !== null && <Time at={since} />}
    </>
  )
}
