import type { CreatedInvitation } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { invitationsKey } from '../../api/account.ts'
import { clientOf } from '../../api/page-client.ts'
import { type Scope, sessionQuery } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { shellWord } from '../../format/shell-word.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { ScopeFields } from '../../ui/scope-fields.tsx'
import { say } from '../../ui/toasts.tsx'

export interface NewInvitationProps {
  readonly onClose: () => void
  readonly onCreated: (created: CreatedInvitation) => void
}

type InvitationScope = Exclude<Scope, 'forward'>
const dayMs = 86_400_000
/** Clocks differ, and 30 days are the most that there are. */
const clockMs = 60_000

function expiryIn(days: number): string {
  return new Date(Date.now() + days * dayMs - clockMs).toISOString()
}

export function NewInvitation({ onClose, onCreated }: NewInvitationProps) {
  const accountId = useAccountId()
  const { data: session } = useQuery(sessionQuery)
  const [label, setLabel] = useState('')
  // The least that can onboard, which is what invitations are for.
  const [scopes, setScopes] = useState<readonly Scope[]>(['mtls:read', 'mtls:write'])
  const [days, setDays] = useState('7')
  const create = useChange({
    change: ({ lastsDays, ...body }: { label: string; scopes: InvitationScope[]; lastsDays: number }, idempotencyKey) =>
      clientOf(accountId).createInvitation({
        body: { ...body, expiresAt: expiryIn(lastsDays) },
        idempotencyKey,
      }),
    changes: [invitationsKey(accountId)],
    onDone: ({ body }) => {
      if ('code' in body) return onCreated(body)
      // The answer to the first try was lost, and with it the link, which is shown once.
      say({ text: 'The invitation was made, but its link was lost on the way. Revoke it and make another one.' })
      onClose()
    },
  })
  const allowed = (session?.scopes ?? []).filter((scope) => scope !== 'forward')
  const chosen = scopes.filter((scope): scope is InvitationScope => scope !== 'forward' && allowed.includes(scope))
  const missing = label.trim() === '' ? 'Say whom it is for.' : chosen.length === 0 ? 'Choose a scope.' : undefined
  const faults = { label: faultOf(create.error, 'label') }
  return (
    <Dialog title="Invite somebody" place="side" onClose={onClose}>
      <Form
        onSubmit={() =>
          missing === undefined && create.mutate({ label: label.trim(), scopes: chosen, lastsDays: Number(days) })
        }
        error={create.error}
        isPlaced={arePlaced(faults)}
        actions={
          <>
            <Button type="submit" look="primary" isPending={create.isPending} disabledReason={missing}>
              Make the link
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </>
        }
      >
        <TextField
          label="Label"
          hint="Whom it is for, such as a name. The audit names their changes by it."
          value={label}
          error={faults.label}
          onChange={(event) => setLabel(event.target.value)}
        />
        <ScopeFields
          of={allowed}
          chosen={chosen}
          onChange={setScopes}
          hint="mtls:read and mtls:write are what it takes to add and map a certificate. Leave out mtls:write for somebody who only looks."
        />
        <SelectField
          label="Lasts"
          hint="The link and the session that it opens."
          value={days}
          onChange={(event) => setDays(event.target.value)}
        >
          <option value="1">1 day</option>
          <option value="7">7 days</option>
          <option value="14">14 days</option>
          <option value="30">30 days</option>
        </SelectField>
      </Form>
      <AsCommand
        command={[
          'mtls invitations create --label',
          shellWord(label.trim() || 'LABEL'),
          ...chosen.flatMap((scope) => ['--scope', scope]),
          '--expires-at',
          // To the minute.
          `${expiryIn(Number(days)).slice(0, 16)}Z`,
        ].join(' ')}
      />
    </Dialog>
  )
}
