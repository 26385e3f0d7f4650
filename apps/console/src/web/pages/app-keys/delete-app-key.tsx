import type { AppKey } from '@mtls-gateway/contract'
import { appKeysKey } from '../../api/account.ts'
import { clientOf } from '../../api/page-client.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toasts.tsx'
import { TypedName } from '../../ui/typed-name.tsx'

export function DeleteAppKey({ appKey, onClose }: { readonly appKey: AppKey; readonly onClose: () => void }) {
  const accountId = useAccountId()
  const remove = useChange({
    change: (key: string, idempotencyKey) => clientOf(accountId).deleteAppKey({ appKey: key, idempotencyKey }),
    changes: [appKeysKey(accountId)],
    onDone: () => {
      say({ text: `${appKey.label} is deleted.` })
      onClose()
    },
  })
  return (
    <Dialog title={appKey.label} onClose={onClose}>
      <TypedName
        title="Delete the app key"
        name={appKey.label}
        error={remove.error}
        isPending={remove.isPending}
        disabledReason={undefined}
        onConfirm={() => remove.mutate(appKey.appKey)}
      >
        The calls of the program that has it are then refused at once.{' '}
        {appKey.lastUsedAt === null ? (
          'No call has used it in the last 90 days.'
        ) : (
          <>
            It was last used <Time at={appKey.lastUsedAt} />.
          </>
        )}
      </TypedName>
    </Dialog>
  )
}
