import type { CertificateDetails, CreatedHandover, Handover } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { certificatesKey } from '../../api/certificates.ts'
import { handoversKey, handoversQuery } from '../../api/handovers.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Answered } from '../../ui/answered.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Failure } from '../../ui/failure.tsx'
import { LongText } from '../../ui/long-text.tsx'
import { Notice } from '../../ui/notice.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toasts.tsx'
import { NewHandover } from './new-handover.tsx'

/** Links that show the certificate to the owners of targets, and what they have answered. */
export function HandoversCard({ certificate }: { readonly certificate: CertificateDetails }) {
  const { id } = certificate
  const accountId = useAccountId()
  const query = useQuery(handoversQuery(accountId, id))
  const [isOpen, setOpen] = useState(false)
  const [created, setCreated] = useState<CreatedHandover>()
  const [asked, setAsked] = useState<Handover>()
  const missingScope = useMissingScope('mtls:write')
  const revoke = useChange({
    change: ({ id: handoverId }: Handover, idempotencyKey) =>
      clientOf(accountId).revokeHandover({ certificateId: id, handoverId, idempotencyKey }),
    changes: [handoversKey(accountId, id), certificatesKey(accountId)],
    onDone: (_, { id: handoverId, label }) => {
      setAsked(undefined)
      if (created?.id === handoverId) setCreated(undefined)
      say({ text: `The handover to ${label} is revoked: its link no longer works.` })
    },
  })
  const handovers = query.data ?? []
  const action = (handover: Handover) => (
    <Button
      look="quiet"
      aria-label={`Revoke ${handover.label}`}
      disabledReason={missingScope}
      onClick={() => setAsked(handover)}
    >
      Revoke
    </Button>
  )
  return (
    <Card
      title="Handovers"
      action={
        <Button disabledReason={missingScope} onClick={() => setOpen(true)}>
          Hand over
        </Button>
      }
    >
      <p>
        Give the owner of a target a link that shows this certificate and nothing else, in every form that they may ask
        for. They answer there when they have registered it.
      </p>
      {created && (
        <>
          <Notice
            tone="warn"
            title={`The link for ${created.label} is shown only now`}
            action={<Button onClick={() => setCreated(undefined)}>Done</Button>}
          >
            Whoever has it sees the certificate, and may answer, until it expires.
          </Notice>
          <Code text={linkOf(created)} label="the link" />
        </>
      )}
      <Answered query={query} label="Loading its handovers">
        {handovers.length > 0 && (
          <Table
            label="Handovers"
            columns={[...columns, { head: 'Actions', kind: 'actions', cell: action }]}
            rows={handovers}
            keyOf={(handover) => handover.id}
          />
        )}
      </Answered>
      {isOpen && (
        <NewHandover
          certificate={certificate}
          onClose={() => setOpen(false)}
          onCreated={(handover) => {
            setOpen(false)
            setCreated(handover)
          }}
        />
      )}
      {asked && (
        <Dialog title={asked.label} onClose={() => setAsked(undefined)}>
          <p>The link that you have sent then no longer works. What was answered stays. This can’t be taken back.</p>
          {revoke.error && <Failure error={revoke.error} />}
          <Button look="danger" isPending={revoke.isPending} onClick={() => revoke.mutate(asked)}>
            Revoke the handover
          </Button>
        </Dialog>
      )}
    </Card>
  )
}

/** Where the operator has not said where the console is, it is here. */
function linkOf({ link, code }: CreatedHandover): string {
  return link ?? `${location.origin}/handover#${new URLSearchParams({ code })}`
}

const columns: readonly Column<Handover>[] = [
  { head: 'Label', minWidth: '8em', cell: ({ label }) => <LongText text={label} /> },
  { head: 'State', kind: 'word', cell: (handover) => <HandoverState handover={handover} /> },
  { head: 'Note', minWidth: '10em', cell: ({ note }) => note !== null && <LongText text={note} /> },
  { head: 'Expires', kind: 'word', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
]

function HandoverState({ handover: { mappings, openedAt } }: { readonly handover: Handover }) {
  const registered = mappings.filter(({ registeredAt }) => registeredAt !== null).length
  if (registered > 0) {
    return (
      <Badge
        tone={registered === mappings.length ? 'good' : 'warn'}
      >{`Registered ${registered} of ${mappings.length}`}</Badge>
    )
  }
  return openedAt === null ? <Badge tone="warn">Not opened yet</Badge> : <Badge>Opened</Badge>
}
