import type { Mapping } from '@mtls-gateway/contract'
import { mappingsKey } from '../../api/mappings.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { say } from '../../ui/toasts.tsx'
import { TypedName } from '../../ui/typed-name.tsx'

/** Deleting can't be undone, so the name is typed. */
export function DeleteMapping({ mapping, onDeleted }: { readonly mapping: Mapping; readonly onDeleted: () => void }) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const remove = useChange({
    change: (mappingId: number, idempotencyKey) => clientOf(accountId).deleteMapping({ mappingId, idempotencyKey }),
    changes: [mappingsKey(accountId)],
    onDone: () => {
      say({ text: `${mapping.name} is deleted.` })
      onDeleted()
    },
  })
  return (
    <TypedName
      title="Delete the mapping"
      name={mapping.name}
      error={remove.error}
      isPending={remove.isPending}
      disabledReason={missingScope}
      onConfirm={() => remove.mutate(mapping.id)}
    >
      Its calls then go out without a certificate, or are refused, as the settings of the account say.
    </TypedName>
  )
}
