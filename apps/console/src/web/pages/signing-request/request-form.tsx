import type { CertificateDetails } from '@mtls-gateway/contract'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { certificatesKey } from '../../api/certificates.ts'
import { useMissingScope } from '../../api/session.ts'
import { makeSigningRequest } from '../../api/signing-requests.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { CheckField, SelectField, TextArea, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { keyTypes, namesOf, type RequestedNames, requestCommand, subjectParts } from './request.ts'
import styles from './request-form.module.css'

const noNames: RequestedNames = { subject: {}, subjectAltNames: '' }

/** What the request asks for. `renewed`: the certificate whose next version it is for. */
export function RequestForm({ renewed }: { readonly renewed?: CertificateDetails }) {
  const accountId = useAccountId()
  const [, navigate] = useLocation()
  const [name, setName] = useState('')
  const [keyType, setKeyType] = useState<(typeof keyTypes)[number]['type']>('RSA-2048')
  const [isSame, setSame] = useState(renewed !== undefined)
  const [names, setNames] = useState<RequestedNames>(noNames)
  const missingScope = useMissingScope('mtls:write')
  const { mutate, error, isPending } = useChange({
    change: (request: Parameters<typeof makeSigningRequest>[1], key) => makeSigningRequest(accountId, request, key),
    changes: [certificatesKey(accountId)],
    // The request is shown once: it goes with the entry of the history.
    onDone: ({ certificate: { id }, csr }) => navigate(paths.signing(accountId, id), { state: { csr } }),
  })
  const request = { name, renew: renewed?.id, keyType, names: isSame ? undefined : namesOf(names) }
  const incomplete = whatIsMissing({ name, isNew: renewed === undefined, isSame, names })
  return (
    <Card title="The request">
      <Form
        onSubmit={() => mutate(request)}
        error={error}
        missingScope={missingScope}
        isPlaced={arePlaced(faultsOf(error))}
        actions={
          <Button type="submit" look="primary" isPending={isPending} disabledReason={missingScope ?? incomplete}>
            Make the request
          </Button>
        }
      >
        {renewed === undefined && (
          <TextField
            label="Name"
            hint="By which you find the certificate again; unique in the account. It is not in the certificate."
            maxLength={128}
            value={name}
            error={faultsOf(error).name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
        <SelectField
          label="Key"
          hint="If the target or its CA asks for none in particular, RSA with 2,048 bits works everywhere."
          value={keyType}
          onChange={(event) => setKeyType(event.target.value as typeof keyType)}
        >
          {keyTypes.map(({ type, label }) => (
            <option key={type} value={type}>
              {label}
            </option>
          ))}
        </SelectField>
        {renewed !== undefined && (
          <CheckField
            label="Same subject and names as now"
            hint={namesNow(renewed)}
            checked={isSame}
            onChange={(event) => setSame(event.target.checked)}
          />
        )}
        {!isSame && <NameFields names={names} error={error} onNames={setNames} />}
      </Form>
      <AsCommand command={requestCommand({ name, renew: renewed?.name, keyType, names: request.names })} />
    </Card>
  )
}

interface NameFieldsProps {
  readonly names: RequestedNames
  readonly error: Error | null
  readonly onNames: (names: RequestedNames) => void
}

function NameFields({ names, error, onNames }: NameFieldsProps) {
  return (
    <>
      <fieldset className={styles.subject}>
        <legend>Subject</legend>
        {subjectParts.map(({ part, label, hint, maxLength }) => (
          <TextField
            key={part}
            label={label}
            hint={hint}
            maxLength={maxLength}
            value={names.subject[part] ?? ''}
            error={faultsOf(error)[part]}
            onChange={({ target }) =>
              onNames({
                ...names,
                subject: { ...names.subject, [part]: part === 'country' ? target.value.toUpperCase() : target.value },
              })
            }
          />
        ))}
      </fieldset>
      <TextArea
        label="Other names"
        hint={
          // What is wrong with it says the rest again.
          faultsOf(error).subjectAltNames === undefined
            ? 'One per line: host names, addresses, mail addresses or URIs. A line may begin with DNS:, IP:, email: or URI:.'
            : 'One per line.'
        }
        rows={3}
        placeholder="client.example"
        value={names.subjectAltNames}
        error={faultsOf(error).subjectAltNames}
        onChange={(event) => onNames({ ...names, subjectAltNames: event.target.value })}
      />
    </>
  )
}

function whatIsMissing({
  name,
  isNew,
  isSame,
  names: { subject },
}: {
  readonly name: string
  readonly isNew: boolean
  readonly isSame: boolean
  readonly names: RequestedNames
}): string | undefined {
  if (isNew && name.trim() === '') return 'Give it a name first.'
  const isEmpty = Object.values(subject).every((part) => part === undefined || part.trim() === '')
  return !isSame && isEmpty ? 'Fill in a part of the subject first.' : undefined
}

const firstNames = 3

function namesNow({ subject, subjectAltNames }: CertificateDetails): string {
  const more = subjectAltNames.length - firstNames
  return [subject, ...subjectAltNames.slice(0, firstNames), ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
}

function faultsOf(error: Error | null) {
  const parts = subjectParts.map(({ part }) => [part, faultOf(error, part)] as const)
  return {
    name: faultOf(error, 'name', 'CERTIFICATE_NAME_TAKEN'),
    subjectAltNames: faultOf(error, 'subjectAltNames', 'SUBJECT_ALT_NAME_INVALID'),
    ...(Object.fromEntries(parts) as Record<(typeof parts)[number][0], string | undefined>),
  }
}
