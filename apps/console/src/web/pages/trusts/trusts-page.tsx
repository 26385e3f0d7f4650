import type { Trust } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { mappingsKey } from '../../api/mappings.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { trustsQuery } from '../../api/trusts.ts'
import { useChange } from '../../api/use-change.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { Answered } from '../../ui/answered.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Expires } from '../../ui/expires.tsx'
import { KeyText } from '../../ui/key-text.tsx'
import { LongText } from '../../ui/long-text.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { say } from '../../ui/toasts.tsx'
import { TypedName } from '../../ui/typed-name.tsx'
import { SetTrust } from './set-trust.tsx'

type Opened = { readonly what: 'set'; readonly trust?: Trust } | { readonly what: 'delete'; readonly trust: Trust }

/** CAs with a name, by which mappings trust their targets. */
export function TrustsPage() {
  const query = useQuery(trustsQuery(useAccountId()))
  const missingScope = useMissingScope('mtls:write')
  const [opened, setOpened] = useState<Opened>()
  const close = () => setOpened(undefined)
  const { data: trusts = [] } = query
  const add = (
    <Button look="primary" disabledReason={missingScope} onClick={() => setOpened({ what: 'set' })}>
      Make a trust list
    </Button>
  )
  const columns: readonly Column<Trust>[] = [
    { head: 'Name', kind: 'word', cell: ({ name }) => name },
    { head: 'Certificates', minWidth: '18em', cell: (trust) => <Certificates of={trust} /> },
    { head: 'First to expire', cell: ({ expiresAt }) => <Expires at={expiresAt} /> },
    { head: 'Mappings', kind: 'number', cell: ({ mappings }) => mappings },
    {
      head: 'Actions',
      kind: 'actions',
      cell: (trust) => (
        <>
          <Button
            look="quiet"
            aria-label={`Replace ${trust.name}`}
            disabledReason={missingScope}
            onClick={() => setOpened({ what: 'set', trust })}
          >
            Replace
          </Button>
          <Button
            look="quiet"
            aria-label={`Delete ${trust.name}`}
            disabledReason={missingScope ?? (trust.mappings > 0 ? 'Mappings use it.' : undefined)}
            onClick={() => setOpened({ what: 'delete', trust })}
          >
            Delete
          </Button>
        </>
      ),
    },
  ]
  return (
    <>
      <PageHeader title="Trust lists" actions={trusts.length > 0 && add}>
        CAs that several mappings trust their targets by. Replace one here, and it changes for all of them.
      </PageHeader>
      <Answered query={query} label="Loading trust lists">
        {trusts.length > 0 ? (
          <Table label="Trust lists" columns={columns} rows={trusts} keyOf={({ name }) => name} />
        ) : (
          <Empty title="No trust lists yet" action={add}>
            Give the private CA of your targets a name, so that you can replace it in one place.
          </Empty>
        )}
      </Answered>
      {opened?.what === 'set' && <SetTrust trust={opened.trust} onClose={close} />}
      {opened?.what === 'delete' && <DeleteTrust trust={opened.trust} onClose={close} />}
    </>
  )
}

function Certificates({ of: { certificates } }: { readonly of: Trust }) {
  return (
    <ul>
      {certificates.map(({ subject, fingerprintSha256 }) => (
        <li key={fingerprintSha256}>
          <LongText text={subject} />{' '}
          <small>
            <KeyText text={fingerprintSha256} />
          </small>
        </li>
      ))}
    </ul>
  )
}

function DeleteTrust({ trust: { name }, onClose }: { readonly trust: Trust; readonly onClose: () => void }) {
  const accountId = useAccountId()
  const remove = useChange({
    change: (trust: string, idempotencyKey) => clientOf(accountId).deleteTrust({ trust, idempotencyKey }),
    changes: [mappingsKey(accountId)],
    onDone: () => {
      say({ text: `${name} is deleted.` })
      onClose()
    },
  })
  return (
    <Dialog title={name} onClose={onClose}>
      <TypedName
        title="Delete the trust list"
        name={name}
        error={remove.error}
        isPending={remove.isPending}
        disabledReason={undefined}
        command={`mtls trusts delete ${name}`}
        onConfirm={() => remove.mutate(name)}
      >
        No mapping uses it.
      </TypedName>
    </Dialog>
  )
}
