import type { CertificateDetails, CreatedHandover } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { mappingsOfQuery, shownMappings } from '../../api/certificate-parts.ts'
import { certificatesKey } from '../../api/certificates.ts'
import { handoversKey } from '../../api/handovers.ts'
import { clientOf } from '../../api/page-client.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { CheckField, SelectField, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { say } from '../../ui/toasts.tsx'
import styles from './new-handover.module.css'

export interface NewHandoverProps {
  readonly certificate: CertificateDetails
  readonly onClose: () => void
  readonly onCreated: (created: CreatedHandover) => void
}

const dayMs = 86_400_000
/** Clocks differ, and 30 days are the most that there are. */
const clockMs = 60_000
const lengths = ['1', '7', '14', '30']

export function NewHandover({ certificate: { id, name }, onClose, onCreated }: NewHandoverProps) {
  const accountId = useAccountId()
  const { data } = useQuery(mappingsOfQuery(accountId, id))
  const mappings = data?.body ?? []
  const [label, setLabel] = useState('')
  const [left, setLeft] = useState<ReadonlySet<number>>(new Set())
  const [days, setDays] = useState('14')
  const chosen = mappings.filter((mapping) => !left.has(mapping.id))
  const expiresAt = () => new Date(Date.now() + Number(days) * dayMs - clockMs).toISOString()
  const create = useChange({
    change: (body: { readonly label: string; readonly mappings: number[]; readonly days: string }, idempotencyKey) =>
      clientOf(accountId).createHandover({
        certificateId: id,
        body: { label: body.label, mappings: body.mappings, expiresAt: expiresAt() },
        idempotencyKey,
      }),
    changes: [handoversKey(accountId, id), certificatesKey(accountId)],
    onDone: ({ body }) => {
      if ('code' in body) return onCreated(body)
      // The answer to the first try was lost, and with it the link, which is shown once.
      say({ text: 'The handover was made, but its link was lost on the way. Revoke it and make another one.' })
      onClose()
    },
  })
  const missing = label.trim() === '' ? 'Say whom it is for.' : undefined
  const faults = { label: faultOf(create.error, 'label'), expiresAt: faultOf(create.error, 'expiresAt') }
  const choose = (mapping: number, isChosen: boolean) =>
    setLeft((before) => new Set(isChosen ? [...before].filter((each) => each !== mapping) : [...before, mapping]))
  return (
    <Dialog title="Hand over" place="side" onClose={onClose}>
      <Form
        onSubmit={() =>
          missing === undefined &&
          create.mutate({ label: label.trim(), mappings: chosen.map((mapping) => mapping.id), days })
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
          hint="Whom it is for, such as a name. They see it, and the audit names their answer by it."
          value={label}
          error={faults.label}
          onChange={(event) => setLabel(event.target.value)}
        />
        {mappings.length > 0 && (
          <fieldset className={styles.mappings}>
            <legend>Which of these are theirs?</legend>
            {mappings.map((mapping) => (
              <CheckField
                key={mapping.id}
                label={mapping.name}
                hint={mapping.url}
                checked={!left.has(mapping.id)}
                onChange={({ target }) => choose(mapping.id, target.checked)}
              />
            ))}
            {mappings.length === shownMappings && (
              <p>These are the first {shownMappings}. The command below takes any of them.</p>
            )}
          </fieldset>
        )}
        <SelectField
          label="Lasts"
          hint="The link can be opened as often as they like until then."
          value={days}
          error={faults.expiresAt}
          onChange={(event) => setDays(event.target.value)}
        >
          {lengths.map((each) => (
            <option key={each} value={each}>
              {each === '1' ? '1 day' : `${each} days`}
            </option>
          ))}
        </SelectField>
      </Form>
      <AsCommand
        command={[
          `mtls handover ${shellWord(name)} --label ${shellWord(label.trim() || 'LABEL')}`,
          ...(left.size === 0 ? [] : chosen.map((mapping) => `--mapping ${mapping.id}`)),
          // To the minute.
          `--expires-at ${expiresAt().slice(0, 16)}Z`,
        ].join(' ')}
      />
    </Dialog>
  )
}
