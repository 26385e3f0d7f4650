import { ApprovalRequested } from '@mtls-gateway/client/page'
import type { CreatedInvitation } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { invitationsKey } from '../../api/account.ts'
import { clientOf } from '../../api/page-client.ts'
import { type Scope, sessionQuery } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { relativeTime } from '../../format/relative-time.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { ScopeFields } from '../../ui/scope-fields.tsx'
import { say } from '../../ui/toasts.tsx'
import { useNow } from '../../ui/use-now.ts'
import { WaitsForApproval } from '../../ui/waits-for-approval.tsx'
import { CreatedLink } from './created-link.tsx'

export interface NewInvitationProps {
  readonly onClose: () => void
  readonly onCreated: (created: CreatedInvitation) => void
}

type InvitationScope = Exclude<Scope, 'forward'>
const dayMs = 86_400_000
/** Clocks differ, and 30 days are the most that there are. */
const clockMs = 60_000

/** How many days one lasts. */
const lengths = ['1', '7', '14', '30']
const untilOwnExpiry = 'own'

function expiryIn(days: number): string {
  return new Date(Date.now() + days * dayMs - clockMs).toISOString()
}

export function NewInvitation({ onClose, onCreated }: NewInvitationProps) {
  const accountId = useAccountId()
  const now = useNow()
  const { data: session } = useQuery(sessionQuery)
  const [label, setLabel] = useState('')
  // The least that can onboard, which is what invitations are for.
  const [scopes, setScopes] = useState<readonly Scope[]>(['mtls:read', 'mtls:write'])
  const [length, setLength] = useState('7')
  // Who was invited can't invite anybody for longer.
  const ownExpiry = session?.via === 'invitation' ? session.expiresAt : null
  const possible = lengths.filter((days) => ownExpiry === null || expiryIn(Number(days)) <= ownExpiry)
  const lasts = ownExpiry === null || possible.includes(length) ? length : untilOwnExpiry
  const expiryOf = (chosenLength: string) =>
    chosenLength === untilOwnExpiry && ownExpiry !== null ? ownExpiry : expiryIn(Number(chosenLength))
  const create = useChange({
    change: (
      { lasts: chosenLength, ...body }: { label: string; scopes: InvitationScope[]; lasts: string },
      idempotencyKey,
    ) => clientOf(accountId).createInvitation({ body: { ...body, expiresAt: expiryOf(chosenLength) }, idempotencyKey }),
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
  const faults = { label: faultOf(create.error, 'label'), expiresAt: faultOf(create.error, 'expiresAt') }
  const { error } = create
  if (error instanceof ApprovalRequested) {
    return (
      <Dialog title="Invite somebody" place="side" onClose={onClose}>
        <WaitsForApproval approval={error.approval} />
        {/* It opens the account once it is approved; its type is the contract's. */}
        {error.answer !== undefined && <CreatedLink created={error.answer as CreatedInvitation} onClose={onClose} />}
      </Dialog>
    )
  }
  return (
    <Dialog title="Invite somebody" place="side" onClose={onClose}>
      <Form
        onSubmit={() => missing === undefined && create.mutate({ label: label.trim(), scopes: chosen, lasts })}
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
          hint={
            ownExpiry === null
              ? 'The link and the session that it opens.'
              : 'The link and the session that it opens. You were invited yourself: nobody that you invite stays longer.'
          }
          value={lasts}
          error={faults.expiresAt}
          onChange={(event) => setLength(event.target.value)}
        >
          {possible.map((days) => (
            <option key={days} value={days}>
              {days === '1' ? '1 day' : `${days} days`}
            </option>
          ))}
          {ownExpiry !== null && (
            <option value={untilOwnExpiry}>
              Until your own access expires, {relativeTime(Date.parse(ownExpiry), now)}
            </option>
          )}
        </SelectField>
      </Form>
      <AsCommand
        command={[
          'mtls invitations create --label',
          shellWord(label.trim() || 'LABEL'),
          ...chosen.flatMap((scope) => ['--scope', scope]),
          '--expires-at',
          // To the minute.
          `${expiryOf(lasts).slice(0, 16)}Z`,
        ].join(' ')}
      />
    </Dialog>
  )
}
