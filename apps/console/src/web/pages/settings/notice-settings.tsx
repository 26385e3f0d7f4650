import type { Answer } from '@mtls-gateway/client/page'
import type { Settings } from '@mtls-gateway/contract'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { settingsKey } from '../../api/account.ts'
import { clientOf } from '../../api/page-client.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Failure } from '../../ui/failure.tsx'
import { Notice } from '../../ui/notice.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { say } from '../../ui/toasts.tsx'
import { NewNotice } from './new-notice.tsx'
import { channelNames, eventNames, eventTypes, keptRecipients, type Recipient } from './recipients.ts'

/** Who is told what happens in the account, by mail, in a chat or by a webhook. */
export function NoticeSettings({ settings }: { readonly settings: Answer<Settings> }) {
  const accountId = useAccountId()
  const { notices } = settings.body
  const [isOpen, setOpen] = useState(false)
  const [added, setAdded] = useState<Recipient>()
  const [asked, setAsked] = useState<Recipient>()
  const test = useMutation({
    mutationFn: async ({ id }: Recipient) => (await clientOf(accountId).testNotice({ noticeId: id })).body,
  })
  const remove = useChange({
    change: (removed: Recipient, idempotencyKey) => {
      const left = keptRecipients(notices).filter(({ id }) => id !== removed.id)
      return clientOf(accountId).changeSettings({ body: { notices: left }, idempotencyKey, ifMatch: settings.etag })
    },
    changes: [settingsKey(accountId)],
    onDone: (_, { to }) => {
      setAsked(undefined)
      say({ text: `${to} is told no longer.` })
    },
  })
  const columns: readonly Column<Recipient>[] = [
    { head: 'To', cell: ({ to }) => to, minWidth: '12em' },
    { head: 'Channel', cell: ({ channel }) => channelNames[channel] },
    { head: 'Events', cell: ({ events }) => eventsOf(events) },
    { head: 'Lifetime left', cell: ({ shares }) => shares.map(percent).join(', ') },
    {
      head: 'Actions',
      kind: 'actions',
      cell: (recipient) => (
        <>
          <Button
            look="quiet"
            aria-label={`Test ${recipient.to}`}
            isPending={test.isPending && test.variables.id === recipient.id}
            onClick={() => test.mutate(recipient)}
          >
            Test
          </Button>
          <Button look="quiet" aria-label={`Remove ${recipient.to}`} onClick={() => setAsked(recipient)}>
            Remove
          </Button>
        </>
      ),
    },
  ]
  return (
    <Card title="Notices" action={<Button onClick={() => setOpen(true)}>Add a recipient</Button>}>
      <p>
        People are told by mail or in a chat, and programs by a webhook, each once: when little is left of the lifetime
        of a certificate, when it has expired, and when a renewal needs somebody.
      </p>
      {added?.secret !== undefined && (
        <Notice tone="warn" title="The secret is shown only now">
          <p>{added.to} uses it to verify that messages come from this gateway (Standard Webhooks).</p>
          <Code text={added.secret} label="the secret of the recipient" />
        </Notice>
      )}
      {notices.length > 0 ? (
        <Table label="Recipients of notices" columns={columns} rows={notices} keyOf={({ id }) => id} />
      ) : (
        <p>Nobody is told yet.</p>
      )}
      {test.error && <Failure error={test.error} />}
      {test.data && (
        <Notice
          tone={test.data.delivered ? 'good' : 'bad'}
          title={`${test.data.delivered ? 'Delivered' : 'Not delivered'}: ${test.variables.to}`}
        >
          {test.data.explanation} ({Math.round(test.data.ms)} ms)
        </Notice>
      )}
      <AsCommand command="mtls notices list" />
      {isOpen && (
        <NewNotice
          settings={settings}
          onClose={() => setOpen(false)}
          onAdded={(recipient) => {
            setOpen(false)
            setAdded(recipient)
          }}
        />
      )}
      {asked && (
        <Dialog title={`Remove ${asked.to}`} onClose={() => setAsked(undefined)}>
          <p>{asked.to} will no longer be told what happens in this account.</p>
          {remove.error && <Failure error={remove.error} />}
          <Button look="danger" isPending={remove.isPending} onClick={() => remove.mutate(asked)}>
            Remove
          </Button>
        </Dialog>
      )}
    </Card>
  )
}

function eventsOf(events: Recipient['events']): string {
  return events.length === eventTypes.length ? 'All' : events.map((event) => eventNames[event]).join(', ')
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(4))} %`
}
