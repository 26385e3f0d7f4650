import { ApprovalRequested } from '@mtls-gateway/client/page'
import type { AppKeyRequest, CreatedAppKey } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { appKeysKey } from '../../api/account.ts'
import { clientOf } from '../../api/page-client.ts'
import { servicesQuery } from '../../api/services.ts'
import type { Scope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { CheckFields } from '../../ui/check-fields.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { ScopeFields } from '../../ui/scope-fields.tsx'
import { say } from '../../ui/toasts.tsx'
import { WaitsForApproval } from '../../ui/waits-for-approval.tsx'
import { CreatedKey } from './created-key.tsx'

export interface NewAppKeyProps {
  readonly onClose: () => void
  readonly onCreated: (created: CreatedAppKey) => void
}

const allScopes: readonly Scope[] = ['forward', 'mtls:read', 'mtls:write', 'mtls:admin']

export function NewAppKey({ onClose, onCreated }: NewAppKeyProps) {
  const accountId = useAccountId()
  const [label, setLabel] = useState('')
  const [scopes, setScopes] = useState<readonly Scope[]>(['forward', 'mtls:read'])
  const [services, setServices] = useState<readonly string[]>([])
  const [day, setDay] = useState('')
  const { data: allServices = [] } = useQuery(servicesQuery(accountId))
  const create = useChange({
    change: (body: AppKeyRequest, idempotencyKey) => clientOf(accountId).createAppKey({ body, idempotencyKey }),
    changes: [appKeysKey(accountId)],
    onDone: ({ body }) => {
      if ('appSecret' in body) return onCreated(body)
      // The answer to the first try was lost, and with it the secret, which is shown once.
      say({ text: 'The key was made, but its secret was lost on the way. Delete it and create another one.' })
      onClose()
    },
  })
  const missing = label.trim() === '' ? 'Say what the key is for.' : scopes.length === 0 ? 'Choose a scope.' : undefined
  const expiresAt = day === '' ? null : new Date(`${day}T00:00:00`).toISOString()
  const faults = { label: faultOf(create.error, 'label'), expiresAt: faultOf(create.error, 'expiresAt') }
  const { error } = create
  if (error instanceof ApprovalRequested) {
    return (
      <Dialog title="Create an app key" place="side" onClose={onClose}>
        <WaitsForApproval approval={error.approval} />
        {/* It works once it is approved; its type is the contract's. */}
        {error.answer !== undefined && <CreatedKey created={error.answer as CreatedAppKey} onClose={onClose} />}
      </Dialog>
    )
  }
  return (
    <Dialog title="Create an app key" place="side" onClose={onClose}>
      <Form
        onSubmit={() => {
          const limits = services.length === 0 ? {} : { services: [...services] }
          if (missing === undefined) create.mutate({ label: label.trim(), scopes: [...scopes], ...limits, expiresAt })
        }}
        error={create.error}
        isPlaced={arePlaced(faults)}
        actions={
          <>
            <Button type="submit" look="primary" isPending={create.isPending} disabledReason={missing}>
              Create
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </>
        }
      >
        <TextField
          label="Label"
          hint="What the key is for, such as the program that has it."
          value={label}
          error={faults.label}
          onChange={(event) => setLabel(event.target.value)}
        />
        <ScopeFields of={allScopes} chosen={scopes} onChange={setScopes} />
        <CheckFields
          legend="Services"
          hint={
            services.length === 0
              ? 'None chosen: its calls may be those of any service.'
              : `Its calls are those of these services alone, and of ${services[0]} if they name none. The scopes can only be forward and mtls:read.`
          }
          of={allServices.map(({ name }) => ({ value: name }))}
          chosen={services}
          onChange={setServices}
        />
        <TextField
          label="Expires on"
          type="date"
          hint="Empty: it does not expire."
          value={day}
          error={faults.expiresAt}
          onChange={(event) => setDay(event.target.value)}
        />
      </Form>
      <AsCommand
        command={[
          'mtls app-keys create --label',
          shellWord(label.trim() || 'LABEL'),
          ...scopes.flatMap((scope) => ['--scope', scope]),
          ...services.flatMap((service) => ['--service', service]),
          ...(expiresAt === null ? [] : ['--expires-at', expiresAt]),
        ].join(' ')}
      />
    </Dialog>
  )
}
