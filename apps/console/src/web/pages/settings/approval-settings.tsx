import type { Answer } from '@mtls-gateway/client/page'
import type { Settings, SettingsRequest } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { type ApprovalAction, approvalActions } from '@mtls-gateway/domain/words'
import { useState } from 'react'
import { settingsKey } from '../../api/account.ts'
import { clientOf } from '../../api/page-client.ts'
import { useChange } from '../../api/use-change.ts'
import { actionNames } from '../../format/approval-words.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CheckFields } from '../../ui/check-fields.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { SelectField, TextArea } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { say } from '../../ui/toasts.tsx'

type Approvals = NonNullable<SettingsRequest['approvals']>

const scopes = ['mtls:read', 'mtls:write', 'mtls:admin'] as const
const lengths = ['1d', '3d', '7d', '14d', '30d']
const usualLength = '3d'

/** What needs a second person's word, whose, and for how long it waits. Once set, a change of it needs that, too. */
export function ApprovalSettings({ settings }: { readonly settings: Answer<Settings> }) {
  const accountId = useAccountId()
  const { approvals } = settings.body
  const [actions, setActions] = useState<readonly ApprovalAction[]>(approvals?.actions ?? [])
  const [typed, setTyped] = useState(approvals?.approvers?.join('\n') ?? '')
  const [scope, setScope] = useState<(typeof scopes)[number]>(approvals?.scope ?? 'mtls:admin')
  const [length, setLength] = useState(approvals?.expiresAfter ?? usualLength)
  const approvers = typed.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
  const save = useChange({
    change: (next: Approvals | null, idempotencyKey) =>
      clientOf(accountId).changeSettings({ body: { approvals: next }, idempotencyKey, ifMatch: settings.etag }),
    changes: [settingsKey(accountId)],
    onDone: (_, next) =>
      say({ text: next === null ? 'Nothing needs approval any more.' : 'What needs approval is saved.' }),
  })
  const missing = actions.length === 0 ? 'Choose what needs approval.' : undefined
  const whose = approvers.length > 0 ? { approvers } : { scope }
  const faults = { approvers: faultOf(save.error, 'approvers') }
  return (
    <Card title="Approvals">
      <p>
        What you choose here is not done at once: it waits until another person approves it, whoever asks, and by
        whatever way.{' '}
        {approvals
          ? 'A change of this card needs approval, too.'
          : 'Make sure that at least two people can approve: from then on, a change of this card needs approval, too.'}
      </p>
      <Form
        onSubmit={() => missing === undefined && save.mutate({ actions: [...actions], ...whose, expiresAfter: length })}
        error={save.error}
        isPlaced={arePlaced(faults)}
        actions={
          <>
            <Button type="submit" look="primary" isPending={save.isPending} disabledReason={missing}>
              Save
            </Button>
            <Button
              look="danger"
              disabledReason={approvals ? undefined : 'Nothing needs approval yet.'}
              onClick={() => save.mutate(null)}
            >
              Remove
            </Button>
          </>
        }
      >
        <CheckFields
          legend="Needs approval"
          of={approvalActions.map((value) => ({ value, hint: `${actionNames[value]}.` }))}
          chosen={actions}
          onChange={setActions}
        />
        <TextArea
          label="Approvers"
          hint="One a line: issuer and subject of their token, such as https://login.example#ada. Empty: anybody with the scope below."
          rows={3}
          value={typed}
          error={faults.approvers}
          onChange={(event) => setTyped(event.target.value)}
        />
        {approvers.length === 0 && (
          <SelectField
            label="Scope of approvers"
            value={scope}
            onChange={({ target }) => setScope(scopes.find((each) => each === target.value) ?? scope)}
          >
            {scopes.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </SelectField>
        )}
        <SelectField label="Requests expire after" value={length} onChange={({ target }) => setLength(target.value)}>
          {[...new Set([...lengths, length])].map((each) => (
            <option key={each} value={each}>
              {each === '1d' ? '1 day' : each.replace(/d$/, ' days')}
            </option>
          ))}
        </SelectField>
      </Form>
      <AsCommand
        command={[
          'mtls settings set',
          ...(actions.length === 0 ? ['--require-approval ACTION'] : []),
          ...actions.map((action) => `--require-approval ${action}`),
          ...approvers.map((approver) => `--approver ${shellWord(approver)}`),
          ...(approvers.length === 0 && scope !== 'mtls:admin' ? [`--approver-scope ${scope}`] : []),
          `--approvals-expire-after ${length}`,
        ].join(' ')}
      />
    </Card>
  )
}
