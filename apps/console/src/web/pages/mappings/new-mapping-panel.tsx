import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useCertificateName } from '../../api/known-certificates.ts'
import { mappingsKey } from '../../api/mappings.ts'
import { clientOf } from '../../api/page-client.ts'
import { servicesQuery } from '../../api/services.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { nameOf } from '../../format/name-of.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { arePlaced } from '../../ui/faults.ts'
import { Form } from '../../ui/form.tsx'
import { say } from '../../ui/toasts.tsx'
import { mapCommand } from './mapping-command.ts'
import { emptyDraft, type MappingDraft, requestOf, whatIsMissing } from './mapping-draft.ts'
import { mappingFaults } from './mapping-faults.ts'
import { MappingFields } from './mapping-fields.tsx'

export interface NewMappingPanelProps {
  /** Chosen before, where one comes from the page of a certificate, or from the explanation of a call. */
  readonly chosen: Readonly<Record<'certificateId' | 'serviceId' | 'url', string | undefined>>
  readonly onClose: () => void
}

/** Beside the list: which certificate the calls of a service to a url present. */
export function NewMappingPanel({ chosen, onClose }: NewMappingPanelProps) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const { data: services = [] } = useQuery(servicesQuery(accountId))
  const [draft, setDraft] = useState<MappingDraft>({
    ...emptyDraft,
    certificationId: chosen.certificateId ?? '',
    serviceId: chosen.serviceId ?? '',
    url: chosen.url ?? '',
  })
  const create = useChange({
    change: (request: ReturnType<typeof requestOf>, idempotencyKey) =>
      clientOf(accountId).createMappings({ body: [request], idempotencyKey }),
    changes: [mappingsKey(accountId)],
    onDone: (_, { name }) => {
      say({ text: `${name} is mapped.` })
      onClose()
    },
  })
  const serviceName = nameOf(services, draft.serviceId)
  const certificateName = useCertificateName(accountId, draft.certificationId)
  const reason = missingScope ?? whatIsMissing(draft)
  return (
    <Dialog title="Map a url" place="side" onClose={onClose}>
      <Form
        onSubmit={() => reason === undefined && create.mutate(requestOf(draft))}
        error={create.error}
        missingScope={missingScope}
        isPlaced={arePlaced(mappingFaults(create.error))}
        actions={
          <>
            <Button type="submit" look="primary" isPending={create.isPending} disabledReason={reason}>
              Map it
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </>
        }
      >
        <MappingFields draft={draft} onChange={setDraft} error={create.error} />
      </Form>
      <AsCommand command={mapCommand(draft, serviceName, certificateName)} />
    </Dialog>
  )
}
