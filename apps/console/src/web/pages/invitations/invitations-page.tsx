import type { CreatedInvitation, Invitation, RevokedInvitation } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import { invitationsKey, invitationsQuery } from '../../api/account.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { actorName } from '../../format/actor-name.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Failure } from '../../ui/failure.tsx'
import { NoScope } from '../../ui/no-scope.tsx'
import { Notice } from '../../ui/notice.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toasts.tsx'
import { useNow } from '../../ui/use-now.ts'
import { CreatedLink } from './created-link.tsx'
import { NewInvitation } from './new-invitation.tsx'

/** People outside, who have no login here: each gets a link that opens this account for a while. */
export function InvitationsPage() {
  const missingScope = useMissingScope('mtls:admin')
  const [isOpen, setOpen] = useState(false)
  const [created, setCreated] = useState<CreatedInvitation>()
  const { data: invitations = [] } = useQuery({
    ...invitationsQuery(useAccountId()),
    enabled: missingScope === undefined,
  })
  const add = (
    <Button look="primary" disabledReason={missingScope} onClick={() => setOpen(true)}>
      Invite somebody
    </Button>
  )
  return (
    <>
      <PageHeader title="Invitations" actions={(missingScope !== undefined || invitations.length > 0) && add}>
        Give people without a login access to this account by a link, for a limited time.
      </PageHeader>
      {created && <CreatedLink created={created} onClose={() => setCreated(undefined)} />}
      {missingScope === undefined ? <InvitationList action={add} /> : <NoScope reason={missingScope} />}
      {isOpen && (
        <NewInvitation
          onClose={() => setOpen(false)}
          onCreated={(invitation) => {
            setOpen(false)
            setCreated(invitation)
          }}
        />
      )}
    </>
  )
}

function InvitationList({ action }: { readonly action: ReactNode }) {
  const accountId = useAccountId()
  const query = useQuery(invitationsQuery(accountId))
  const [asked, setAsked] = useState<Invitation>()
  const [left, setLeft] = useState<RevokedInvitation>()
  const revoke = useChange({
    change: ({ id }: Invitation, idempotencyKey) =>
      clientOf(accountId).revokeInvitation({ invitationId: id, idempotencyKey }),
    changes: [invitationsKey(accountId)],
    onDone: ({ body }, { label, redeemedAt }) => {
      const ended = redeemedAt === null ? 'its link no longer works' : 'its session has ended'
      setAsked(undefined)
      say({ text: `The invitation of ${label} is revoked, and ${ended}.` })
      // An answer that was lost on the way is not given again; the page of app keys tells who made each.
      setLeft('appKeys' in body && body.appKeys.length > 0 ? body : undefined)
    },
  })
  const columns: readonly Column<Invitation>[] = [
    { head: 'Label', cell: ({ label }) => label },
    { head: 'State', cell: (invitation) => <InvitationState invitation={invitation} /> },
    { head: 'Scopes', cell: ({ scopes }) => scopes.join(' ') },
    { head: 'Expires', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    { head: 'Invited by', cell: ({ createdBy }) => actorName(createdBy) },
    {
      head: 'Actions',
      kind: 'actions',
      cell: (invitation) => (
        <Button look="quiet" aria-label={`Revoke ${invitation.label}`} onClick={() => setAsked(invitation)}>
          Revoke
        </Button>
      ),
    },
  ]
  const { data: invitations = [] } = query
  return (
    <Answered query={query} label="Loading invitations">
      {left && <LeftAppKeys of={left} />}
      {asked && (
        <Dialog title={asked.label} onClose={() => setAsked(undefined)}>
          <p>
            {asked.redeemedAt === null
              ? 'The link that you have sent then no longer works.'
              : 'Their session ends at once, and so do invitations that they have made.'}{' '}
            This can’t be taken back.
          </p>
          {revoke.error && <Failure error={revoke.error} />}
          <Button look="danger" isPending={revoke.isPending} onClick={() => revoke.mutate(asked)}>
            Revoke the invitation
          </Button>
        </Dialog>
      )}
      {invitations.length > 0 ? (
        <Table label="Invitations" columns={columns} rows={invitations} keyOf={({ id }) => id} />
      ) : (
        <Empty title="No invitations yet" action={action}>
          Let the administrator of a customer add a certificate without a login here.
        </Empty>
      )}
    </Answered>
  )
}

/** Programs may call with them: whether they go as well is for a person to say. */
function LeftAppKeys({ of: { label, appKeys } }: { readonly of: RevokedInvitation }) {
  const accountId = useAccountId()
  return (
    <Notice tone="warn" title={`App keys that ${label} has made still work`}>
      <ul>
        {appKeys.map((key) => (
          <li key={key.appKey}>
            {key.label} (<code>{key.appKey}</code>)
          </li>
        ))}
      </ul>
      Delete those that no program of yours needs, on the page <Link to={paths.appKeys(accountId)}>App keys</Link>.
    </Notice>
  )
}

function InvitationState({ invitation: { redeemedAt, expiresAt } }: { readonly invitation: Invitation }) {
  const now = useNow()
  if (Date.parse(expiresAt) <= now) return <Badge>Expired</Badge>
  if (redeemedAt === null) return <Badge tone="warn">Not accepted yet</Badge>
  return (
    <>
      <Badge tone="good">Accepted</Badge> <Time at={redeemedAt} />
    </>
  )
}
