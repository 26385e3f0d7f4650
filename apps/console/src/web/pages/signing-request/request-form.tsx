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
import { arePlaced } from '../../ui/faults.ts'
import { CheckField, SelectField, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { isEmptySubject, NameFields, noNames, requestFaults } from './name-fields.tsx'
import { keyTypes, namesOf, type RequestedNames, requestCommand } from './request.ts'

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
        isPlaced={arePlaced(requestFaults(error))}
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
            error={requestFaults(error).name}
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
  return !isSame && isEmptySubject(subject) ? 'Fill in a part of the subject first.' : undefined
}

const firstNames = 3

function namesNow({ subject, subjectAltNames }: CertificateDetails): string {
  const more = subjectAltNames.length - firstNames
  return [subject, ...subjectAltNames.slice(0, firstNames), ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
}
