import type { Answer } from '@mtls-gateway/client/page'
import type { Mapping } from '@mtls-gateway/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { useCertificateName } from '../../api/known-certificates.ts'
import { mappingQuery, mappingsKey } from '../../api/mappings.ts'
import { clientOf } from '../../api/page-client.ts'
import { servicesQuery } from '../../api/services.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { nameOf } from '../../format/name-of.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Differences } from '../../ui/differences.tsx'
import { arePlaced, isConflict } from '../../ui/faults.ts'
import { Form } from '../../ui/form.tsx'
import { say } from '../../ui/toasts.tsx'
import { BaseUrl } from './base-url.tsx'
import { DeleteMapping } from './delete-mapping.tsx'
import { LastCalls } from './last-calls.tsx'
import { editCommand } from './mapping-command.ts'
import { differencesOf, draftOf, requestOf } from './mapping-draft.ts'
import { mappingFaults } from './mapping-faults.ts'
import { MappingFields } from './mapping-fields.tsx'
import { repeatedMember } from './message-signature-draft.ts'
import { repeatedParameter } from './target-auth-draft.ts'
import { TokenTest } from './token-test.tsx'

/** Beside the list: one mapping, how its calls go, and its fields. */
export function MappingPanel({ mappingId, onClose }: { readonly mappingId: string; readonly onClose: () => void }) {
  const query = useQuery(mappingQuery(useAccountId(), mappingId))
  return (
    <Dialog title={query.data?.body.name ?? 'Mapping'} place="side" onClose={onClose}>
      <Answered query={query} label="Loading the mapping">
        {query.data && <EditMapping loaded={query.data} onClose={onClose} />}
      </Answered>
    </Dialog>
  )
}

/** `loaded` changes when the mapping is read again; what is being edited began with the one that was first shown. */
function EditMapping({ loaded, onClose }: { readonly loaded: Answer<Mapping>; readonly onClose: () => void }) {
  const accountId = useAccountId()
  const queries = useQueryClient()
  const missingScope = useMissingScope('mtls:write')
  const { data: services = [] } = useQuery(servicesQuery(accountId))
  const [base, setBase] = useState(loaded)
  const [draft, setDraft] = useState(() => draftOf(loaded.body))
  /** What somebody else made of it, once that was found out. */
  const [theirs, setTheirs] = useState<Answer<Mapping>>()
  const mappingId = String(base.body.id)
  const save = useChange({
    change: async ({ request, ifMatch }: { request: ReturnType<typeof requestOf>; ifMatch: string | null }, key) => {
      try {
        return await clientOf(accountId).updateMapping({ mappingId, body: request, ifMatch, idempotencyKey: key })
      } catch (error) {
        if (error instanceof Error && isConflict(error)) {
          setTheirs(await queries.fetchQuery({ ...mappingQuery(accountId, mappingId), staleTime: 0 }))
        }
        throw error
      }
    },
    changes: [mappingsKey(accountId)],
    onDone: () => {
      say({ text: `${draft.name} is saved.` })
      onClose()
    },
  })
  const saveOver = (answer: Answer<Mapping>) => {
    setBase(answer)
    setTheirs(undefined)
    save.mutate({ request: requestOf(draft), ifMatch: answer.etag })
  }
  const reason =
    missingScope ?? (theirs && 'Choose above whose values stay.') ?? repeatedParameter(draft) ?? repeatedMember(draft)
  const serviceName = nameOf(services, draft.serviceId)
  const certificateName = useCertificateName(accountId, draft.certificationId)
  const before = draftOf(base.body)
  const command = editCommand(draft, before, serviceName, certificateName)
  const isChanged = JSON.stringify(requestOf(draft)) !== JSON.stringify(requestOf(before))
  return (
    <>
      <LastCalls mapping={loaded.body} />
      <p>
        <Link to={paths.certificate(accountId, base.body.certificationId)}>Certificate</Link>
        {' · '}
        <Link to={paths.calls(accountId, { mappingId: base.body.id })}>Recent calls</Link>
        {' · '}
        <Link to={paths.audit(accountId, { subject: base.body.name })}>Changes</Link>
      </p>
      {base.body.managedBy !== undefined && (
        <p>The document {base.body.managedBy} manages this mapping: change it there, or that changes it back.</p>
      )}
      <Form
        onSubmit={() => reason === undefined && save.mutate({ request: requestOf(draft), ifMatch: base.etag })}
        error={isConflict(save.error) ? null : save.error}
        missingScope={missingScope}
        isPlaced={arePlaced(mappingFaults(save.error))}
        actions={
          <>
            <Button type="submit" look="primary" isPending={save.isPending} disabledReason={reason}>
              Save
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </>
        }
      >
        <MappingFields
          draft={draft}
          stored={base.body.targetAuth}
          onChange={setDraft}
          error={save.error}
          tokenTest={<TokenTest mapping={base.body} isChanged={isChanged} />}
        />
        {theirs && (
          <Differences
            differences={differencesOf(draft, draftOf(theirs.body))}
            onKeepMine={() => saveOver(theirs)}
            onTakeTheirs={() => {
              setBase(theirs)
              setDraft(draftOf(theirs.body))
              setTheirs(undefined)
              save.reset()
            }}
          />
        )}
      </Form>
      {command !== undefined && <AsCommand command={command} />}
      <BaseUrl mapping={loaded.body} />
      <DeleteMapping mapping={base.body} onDeleted={onClose} />
    </>
  )
}
