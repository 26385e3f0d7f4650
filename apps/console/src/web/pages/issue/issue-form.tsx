import type { Issuer } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { certificatesKey } from '../../api/certificates.ts'
import { orderCertificate } from '../../api/plans.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { ProfileField } from '../../ui/profile-field.tsx'
import { say } from '../../ui/toasts.tsx'
import { isEmptySubject, NameFields, noNames, requestFaults } from '../signing-request/name-fields.tsx'
import { keyTypes, namesOf, type RequestedNames, subjectOptions } from '../signing-request/request.ts'

export interface IssueFormProps {
  readonly issuers: readonly [Issuer, ...Issuer[]]
}

/** What is ordered, and from whom. */
export function IssueForm({ issuers }: IssueFormProps) {
  const accountId = useAccountId()
  const [, navigate] = useLocation()
  const missingScope = useMissingScope('mtls:write')
  const [profile, setProfile] = useState(issuers[0].name)
  const [name, setName] = useState('')
  const [keyType, setKeyType] = useState<string>()
  const [names, setNames] = useState<RequestedNames>(noNames)
  const { keyTypes: signed } = issuers.find((each) => each.name === profile) ?? issuers[0]
  const types = keyTypes.filter(({ type }) => signed.includes(type))
  // Another issuer may not sign the key that was chosen for one.
  const chosen = types.find(({ type }) => type === keyType) ?? types.find(({ type }) => type === signed[0])
  const order = useChange({
    change: (body: Parameters<typeof orderCertificate>[1], key) => orderCertificate(accountId, body, key),
    changes: [certificatesKey(accountId)],
    onDone: ({ id, isIssued }) => {
      if (isIssued) return navigate(paths.addCertificate(accountId, { certificateId: id }))
      say({ text: `${name} is ordered. This page shows when it comes.` })
      navigate(paths.certificate(accountId, id))
    },
  })
  const faults = { ...requestFaults(order.error), profile: faultOf(order.error, 'profile', 'ISSUER_PROFILE_UNKNOWN') }
  const keyTypeFault = faultOf(order.error, 'keyType', 'KEY_TYPE_UNSUPPORTED')
  const missing =
    name.trim() === ''
      ? 'Give it a name first.'
      : isEmptySubject(names.subject)
        ? 'Fill in a part of the subject first.'
        : undefined
  const sent = namesOf(names)
  const submit = () =>
    order.mutate({
      name,
      profile,
      keyType: chosen?.type,
      subject: sent.subject,
      subjectAltNames: [...sent.subjectAltNames],
    })
  return (
    <Card title="The order">
      <Form
        onSubmit={submit}
        error={order.error}
        missingScope={missingScope}
        isPlaced={arePlaced({ ...faults, keyTypeFault })}
        actions={
          <Button type="submit" look="primary" isPending={order.isPending} disabledReason={missingScope ?? missing}>
            Order
          </Button>
        }
      >
        <ProfileField issuers={issuers} value={profile} error={faults.profile} onChange={setProfile} />
        <TextField
          label="Name"
          hint="By which you find the certificate again; unique in the account. It is not in the certificate."
          maxLength={128}
          value={name}
          error={faults.name}
          onChange={({ target }) => setName(target.value)}
        />
        <SelectField
          label="Key"
          value={chosen?.type ?? ''}
          error={keyTypeFault}
          onChange={({ target }) => setKeyType(target.value)}
        >
          {types.map(({ type, label }) => (
            <option key={type} value={type}>
              {label}
            </option>
          ))}
        </SelectField>
        <NameFields names={names} error={order.error} onNames={setNames} />
      </Form>
      <AsCommand
        command={[
          `mtls issue --name ${shellWord(name === '' ? 'my-client' : name)} --profile ${shellWord(profile)}`,
          ...(chosen === undefined || chosen.type === signed[0] ? [] : [`--key-type ${chosen.type}`]),
          ...subjectOptions(sent),
        ].join(' ')}
      />
    </Card>
  )
}
