import type { Certificate } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { mappingsKey } from '../../api/mappings.ts'
import { clientOf } from '../../api/page-client.ts'
import { servicesQuery } from '../../api/services.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { nameOf } from '../../format/name-of.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { arePlaced } from '../../ui/faults.ts'
import { TextField } from '../../ui/field.tsx'
import { FocusHere } from '../../ui/focus-here.tsx'
import { Form } from '../../ui/form.tsx'
import { Notice } from '../../ui/notice.tsx'
import { PrivateCaField } from '../../ui/private-ca-field.tsx'
import { ServiceField } from '../../ui/service-field.tsx'
import { TlsFields } from '../../ui/tls-fields.tsx'
import { mapCommand } from '../mappings/mapping-command.ts'
import { emptyDraft, requestOf, whatIsMissing } from '../mappings/mapping-draft.ts'
import { mappingFaults } from '../mappings/mapping-faults.ts'
import { MappedCard } from './mapped-card.tsx'
import type { Target } from './try-step.tsx'

export interface MapStepProps {
  readonly certificate: Pick<Certificate, 'id' | 'name'>
  /** What was tried before. */
  readonly target: Target
}

/** Says which calls present the certificate, and then shows what such a call would get. */
export function MapStep({ certificate: { id, name: certificateName }, target }: MapStepProps) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const { data: services = [] } = useQuery(servicesQuery(accountId))
  const { url, privateCa: caCertificates, tls } = target
  const [typed, setTyped] = useState({ ...emptyDraft, certificationId: String(id), url, caCertificates, ...tls })
  const draft = typed.name === '' ? { ...typed, name: suggestedName(certificateName, typed.url) } : typed
  const { mutate, reset, data, error, isPending } = useChange({
    change: (request: ReturnType<typeof requestOf>, idempotencyKey) =>
      clientOf(accountId).createMappings({ body: [request], idempotencyKey }),
    changes: [mappingsKey(accountId)],
  })
  const service = nameOf(services, draft.serviceId)
  if (data !== undefined) {
    return (
      <FocusHere>
        <MappedCard
          certificateId={id}
          service={service}
          url={draft.url.trim()}
          onAnother={() => {
            reset()
            setTyped({ ...typed, name: '', url: '' })
          }}
        />
      </FocusHere>
    )
  }
  const faults = mappingFaults(error)
  const missing = whatIsMissing(draft)
  return (
    <Card title="Map it">
      <Notice tone="good" title={`“${certificateName}” is stored.`}>
        Next, say which calls present it: those of a service to a url.
      </Notice>
      <Form
        onSubmit={() => mutate(requestOf(draft))}
        error={error}
        missingScope={missingScope}
        isPlaced={arePlaced(faults)}
        actions={
          <>
            <Button type="submit" look="primary" isPending={isPending} disabledReason={missingScope ?? missing}>
              Map it
            </Button>
            <Link to={paths.certificate(accountId, id)} className={buttonClass('quiet')}>
              Later
            </Link>
          </>
        }
      >
        <ServiceField
          by="id"
          value={draft.serviceId}
          error={faults.serviceId}
          onChange={(serviceId) => setTyped({ ...typed, serviceId })}
        />
        <TextField
          label="Url"
          inputMode="url"
          placeholder="https://bank.example/token"
          hint="Exactly as it is called, with its query: a slash at the end counts, too. A pattern ends its path in /* or begins its host with *."
          value={draft.url}
          error={faults.url}
          onChange={(event) => setTyped({ ...typed, url: event.target.value })}
        />
        <TextField
          label="Name of the mapping"
          hint="Unique in the account."
          value={draft.name}
          error={faults.name}
          onChange={(event) => setTyped({ ...typed, name: event.target.value })}
        />
        <PrivateCaField
          url={draft.url}
          tls={draft}
          value={draft.caCertificates}
          error={faults.caCertificates}
          onChange={(pem) => setTyped({ ...typed, caCertificates: pem })}
        />
        <TlsFields
          draft={draft}
          note="Leave all of it empty unless the target needs it."
          error={error}
          isQuiet
          onChange={(change) => setTyped({ ...typed, ...change })}
        />
      </Form>
      <AsCommand command={mapCommand(draft, service, certificateName)} />
    </Card>
  )
}

/** Names are unique in the account: the host of the url tells it from others of the same certificate. */
function suggestedName(certificateName: string, url: string): string {
  const host = /^https:\/\/([^/?#:]+)/i.exec(url.trim())?.[1]
  return host === undefined ? '' : `${certificateName} ${host}`.slice(0, 128)
}
