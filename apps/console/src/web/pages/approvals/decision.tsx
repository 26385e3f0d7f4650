import type { ApprovalRequest } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useIsOperator } from '../../api/approvals.ts'
import { clientOf } from '../../api/page-client.ts'
import { sessionQuery } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Failure } from '../../ui/failure.tsx'
import { TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { say } from '../../ui/toasts.tsx'

interface Decided {
  readonly reason: string
  readonly isEmergency?: boolean
}

/** So much has to be said in an emergency: the audit shows it. */
const leastReason = 10

/** Approve or refuse, with a reason; one's own request can only be taken back. */
export function Decision({ request }: { readonly request: ApprovalRequest }) {
  const accountId = useAccountId()
  const isOperator = useIsOperator()
  const [reason, setReason] = useState('')
  const [isEmergency, setEmergency] = useState(false)
  const { data: session } = useQuery(sessionQuery)
  const { id: approvalId, mine, requestedBy, state } = request
  const isOutdated = state === 'outdated'
  const isOwn = session?.subject === requestedBy
  const whyNot = isOutdated
    ? 'What it would change is no longer what it was. Somebody has to ask again.'
    : isOwn
      ? 'You have asked for this yourself: another person has to approve it.'
      : 'It does not wait for your word: see above for whose, or you have asked for it by other credentials.'
  /** What was approved may be anything of the account. */
  const changes = [[accountId]]
  const approve = useChange({
    change: ({ reason: given, isEmergency: emergency }: Decided, idempotencyKey) =>
      clientOf(accountId).approve({
        ...{ approvalId, idempotencyKey },
        body: { ...(given !== '' && { reason: given }), ...(emergency && { emergency }) },
      }),
    changes,
    onDone: () => {
      setEmergency(false)
      say({ text: 'It is approved, and done.' })
    },
  })
  const refuse = useChange({
    change: ({ reason: given }: Decided, idempotencyKey) =>
      clientOf(accountId).refuse({
        ...{ approvalId, idempotencyKey },
        body: given === '' ? {} : { reason: given },
      }),
    changes,
    onDone: () => say({ text: isOwn ? 'The request is withdrawn.' : 'The request is refused.' }),
  })
  const given = reason.trim()
  return (
    <Card title="Your decision">
      <p>{mine || isOutdated ? whyNot : 'If you approve it, the change is made at once, as it stands above.'}</p>
      <Form
        onSubmit={() => !mine && !isOutdated && approve.mutate({ reason: given })}
        error={isEmergency ? null : (approve.error ?? refuse.error)}
        actions={
          <>
            <Button
              type="submit"
              look="primary"
              isPending={approve.isPending}
              disabledReason={mine || isOutdated ? whyNot : undefined}
            >
              Approve
            </Button>
            <Button isPending={refuse.isPending} onClick={() => refuse.mutate({ reason: given })}>
              {isOwn ? 'Withdraw' : 'Refuse'}
            </Button>
            {isOperator && !isOutdated && (
              <Button look="danger" onClick={() => setEmergency(true)}>
                Approve in an emergency
              </Button>
            )}
          </>
        }
      >
        <TextField
          label="Reason"
          hint="The audit has it. You may leave it out."
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </Form>
      <AsCommand command={`mtls approvals ${mine ? 'refuse' : 'approve'} ${shellWord(approvalId)}`} />
      {isEmergency && (
        <Emergency
          onClose={() => setEmergency(false)}
          onApprove={(said) => approve.mutate({ reason: said, isEmergency: true })}
          error={approve.error}
          isPending={approve.isPending}
        />
      )}
    </Card>
  )
}

interface EmergencyProps {
  readonly onClose: () => void
  readonly onApprove: (reason: string) => void
  readonly error: Error | null
  readonly isPending: boolean
}

/** An operator's way past the second person: asked twice, and seen by everybody. */
function Emergency({ onClose, onApprove, error, isPending }: EmergencyProps) {
  const [reason, setReason] = useState('')
  const given = reason.trim()
  const missing = given.length < leastReason ? `Say why, in at least ${leastReason} letters.` : undefined
  return (
    <Dialog title="Approve in an emergency" onClose={onClose}>
      <p>
        The change is made without the second person. The audit and the log of the gateway say so, with your name and
        reason, and the account’s recipients are told.
      </p>
      <Form
        onSubmit={() => missing === undefined && onApprove(given)}
        error={null}
        actions={
          <Button type="submit" look="danger" isPending={isPending} disabledReason={missing}>
            Approve it now
          </Button>
        }
      >
        <TextField label="Reason" value={reason} onChange={(event) => setReason(event.target.value)} />
      </Form>
      {error && <Failure error={error} />}
    </Dialog>
  )
}
