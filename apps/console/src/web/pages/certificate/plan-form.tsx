import type { Plan } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { changesOfQuery } from '../../api/certificate-parts.ts'
import { certificatesKey } from '../../api/certificates.ts'
import { handoversQuery } from '../../api/handovers.ts'
import { clientOf } from '../../api/page-client.ts'
import { issuersQuery, originOf } from '../../api/plans.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Answered } from '../../ui/answered.tsx'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { ProfileField } from '../../ui/profile-field.tsx'
import { say } from '../../ui/toasts.tsx'

type Names<Field extends 'test' | 'promote' | 'rollBack'> = Readonly<Record<Plan[Field], string>>

export const testNames: Names<'test'> = {
  auto: 'The gateway tries it at every mapped url',
  manual: 'A person probes the targets',
}

export const promotionNames: Names<'promote'> = {
  auto: 'At once, when every target accepts it',
  eachTarget: 'Mapping by mapping, when its target accepts it',
  manual: 'By a person',
}

export const rollBackNames: Names<'rollBack'> = {
  auto: 'A mapping whose target refuses it goes back by itself',
  never: 'By a person',
}

export interface PlanFormProps {
  readonly certificateId: number
  readonly name: string
  readonly plan: Plan | undefined
  readonly etag: string | null
  readonly onClose: () => void
}

type Choices = Pick<Plan, 'renewAt' | 'test' | 'promote' | 'rollBack'> & { readonly profile: string }

const usual: Choices = { profile: '', renewAt: 0.66, test: 'auto', promote: 'auto', rollBack: 'auto' }

/** Has a certificate renew itself, or changes how. */
export function PlanForm({ certificateId, name, plan, etag, onClose }: PlanFormProps) {
  const accountId = useAccountId()
  const issuers = useQuery(issuersQuery(accountId))
  // Somebody registers it by hand there: what comes next is not accepted at once.
  const { data: handovers = [] } = useQuery(handoversQuery(accountId, certificateId))
  const isRegistered = handovers.length > 0
  const [changed, setChanged] = useState<Partial<Choices>>({})
  const [percent, setPercent] = useState(String(Math.round((plan ?? usual).renewAt * 100)))
  // Where a source brings it, no issuer is asked: an operator has set that up.
  const source = plan?.source ?? null
  const profile = changed.profile ?? plan?.profile ?? issuers.data?.[0]?.name ?? ''
  const promoted = changed.promote ?? plan?.promote ?? usual.promote
  const renewAt = shareFrom(percent)
  const choices: Choices = {
    ...(plan ?? usual),
    ...changed,
    profile,
    promote: isRegistered && promoted === 'auto' ? 'eachTarget' : promoted,
  }
  const save = useChange({
    change: ({ test, promote, rollBack, ...rest }: Choices, idempotencyKey) =>
      clientOf(accountId).setPlan({
        certificateId,
        body: { ...originOf({ profile: rest.profile, source }), renewAt: rest.renewAt, test, promote, rollBack },
        idempotencyKey,
        ifMatch: etag,
      }),
    changes: [certificatesKey(accountId), changesOfQuery(accountId, certificateId).queryKey],
    onDone: () => {
      say({ text: `${name} renews itself by ${source ?? profile}.`, about: String(certificateId) })
      onClose()
    },
  })
  const missing =
    source === null && profile === ''
      ? 'Choose an issuer.'
      : renewAt === undefined
        ? 'Say when: from 10 to 95 percent.'
        : undefined
  const faults = {
    profile: faultOf(save.error, 'profile', 'ISSUER_PROFILE_UNKNOWN'),
    renewAt: faultOf(save.error, 'renewAt'),
  }
  const set = (change: Partial<Choices>) => setChanged((before) => ({ ...before, ...change }))
  return (
    <Dialog title={plan ? 'Change the plan' : 'Set a plan'} place="side" onClose={onClose}>
      <Answered query={issuers} label="Loading the issuers">
        <Form
          onSubmit={() => missing === undefined && renewAt !== undefined && save.mutate({ ...choices, renewAt })}
          error={save.error}
          isPlaced={arePlaced(faults)}
          actions={
            <>
              <Button type="submit" look="primary" isPending={save.isPending} disabledReason={missing}>
                Save
              </Button>
              <Button onClick={onClose}>Cancel</Button>
            </>
          }
        >
          {source === null ? (
            <ProfileField
              issuers={issuers.data ?? []}
              value={profile}
              error={faults.profile}
              onChange={(chosen) => set({ profile: chosen })}
            />
          ) : (
            <p>It comes from the source {source}. To order it from an issuer instead, remove the plan first.</p>
          )}
          <TextField
            label="Renew after, in percent of the lifetime"
            hint="From 10 to 95. Of 90 days, 66 % are 59 days."
            inputMode="numeric"
            value={percent}
            error={renewAt === undefined ? 'Write a number from 10 to 95.' : faults.renewAt}
            onChange={({ target }) => setPercent(target.value)}
          />
          <Choice label="Test" names={testNames} value={choices.test} onChange={(test) => set({ test })} />
          <Choice
            label="Promotion"
            names={promotionNames}
            off={isRegistered ? 'auto' : undefined}
            hint={
              isRegistered
                ? 'You have handed it over to owners of targets, who register each version by hand. So it is not promoted everywhere at once.'
                : undefined
            }
            value={choices.promote}
            onChange={(promote) => set({ promote })}
          />
          <Choice
            label="Rollback"
            names={rollBackNames}
            value={choices.rollBack}
            onChange={(rollBack) => set({ rollBack })}
          />
        </Form>
        <AsCommand
          command={[
            `mtls plan set ${shellWord(name)} ${source === null ? `--profile ${shellWord(profile === '' ? 'PROFILE' : profile)}` : `--source ${shellWord(source)}`}`,
            ...(renewAt === undefined || renewAt === usual.renewAt ? [] : [`--renew-at ${renewAt}`]),
            ...(choices.test === usual.test ? [] : [`--test ${choices.test}`]),
            ...(choices.promote === usual.promote ? [] : [`--promote ${choices.promote}`]),
            ...(choices.rollBack === usual.rollBack ? [] : [`--roll-back ${choices.rollBack}`]),
          ].join(' ')}
        />
      </Answered>
    </Dialog>
  )
}

interface ChoiceProps<Value extends string> {
  readonly label: string
  readonly hint?: string | undefined
  readonly names: Readonly<Record<Value, string>>
  /** Can't be chosen; the hint says why. */
  readonly off?: Value | undefined
  readonly value: Value
  readonly onChange: (value: Value) => void
}

function Choice<Value extends string>({ label, hint, names, off, value, onChange }: ChoiceProps<Value>) {
  // The keys of a record of names are its values.
  const values = Object.keys(names) as Value[]
  return (
    <SelectField
      label={label}
      hint={hint}
      value={value}
      onChange={({ target }) => {
        const chosen = values.find((each) => each === target.value)
        if (chosen !== undefined) onChange(chosen)
      }}
    >
      {values.map((each) => (
        <option key={each} value={each} disabled={each === off}>
          {names[each]}
        </option>
      ))}
    </SelectField>
  )
}

function shareFrom(percent: string): number | undefined {
  const share = /^\d{1,2}$/.test(percent.trim()) ? Number(percent) / 100 : Number.NaN
  return share >= 0.1 && share <= 0.95 ? share : undefined
}
