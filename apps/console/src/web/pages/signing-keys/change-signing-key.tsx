import type { SigningKey } from '@mtls-gateway/contract'
import { clientOf } from '../../api/page-client.ts'
import { signingKeysKey } from '../../api/signing-keys.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Form } from '../../ui/form.tsx'
import { KeyText } from '../../ui/key-text.tsx'
import { say } from '../../ui/toasts.tsx'
import { TypedName } from '../../ui/typed-name.tsx'

interface ChangeProps {
  readonly signingKey: SigningKey
  readonly onClose: () => void
}

/** Whoever does not have the new key set yet refuses what it signs: that is to be read first. */
export function ActivateSigningKey({ signingKey: { kid }, onClose }: ChangeProps) {
  const accountId = useAccountId()
  const activate = useChange({
    change: (asked: string, idempotencyKey) => clientOf(accountId).activateSigningKey({ kid: asked, idempotencyKey }),
    changes: [signingKeysKey(accountId)],
    onDone: () => {
      say({ text: 'The key signs from now on.' })
      onClose()
    },
  })
  return (
    <Dialog title="Activate the signing key" onClose={onClose}>
      <Form
        onSubmit={() => activate.mutate(kid)}
        error={activate.error}
        actions={
          <>
            <Button type="submit" look="primary" isPending={activate.isPending}>
              Sign with it
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </>
        }
      >
        <p>
          <KeyText text={kid} />
        </p>
        <p>
          It signs from then on, and the key that does now retires. Wait until everybody who verifies signatures has the
          key set with the new key, often a day, or has registered it. You can activate the retired key again.
        </p>
      </Form>
      <AsCommand command={`mtls signing-keys activate ${kid}`} />
    </Dialog>
  )
}

/** How much of a key id is typed to confirm. */
const typedLetters = 6

export function DeleteSigningKey({ signingKey: { kid, state }, onClose }: ChangeProps) {
  const accountId = useAccountId()
  const remove = useChange({
    change: (asked: string, idempotencyKey) => clientOf(accountId).deleteSigningKey({ kid: asked, idempotencyKey }),
    changes: [signingKeysKey(accountId)],
    onDone: () => {
      say({ text: 'The key is deleted.' })
      onClose()
    },
  })
  return (
    <Dialog title="Signing key" onClose={onClose}>
      <p>
        <KeyText text={kid} />
      </p>
      <TypedName
        title="Delete the signing key"
        name={kid.slice(0, typedLetters)}
        error={remove.error}
        isPending={remove.isPending}
        disabledReason={undefined}
        command={`mtls signing-keys delete ${kid}`}
        onConfirm={() => remove.mutate(kid)}
      >
        It leaves the key set, and nobody can verify any more what it has signed. It cannot be brought back.
        {state === 'active' && ' It signs now: it can be deleted only if no mapping needs it.'}
      </TypedName>
    </Dialog>
  )
}
