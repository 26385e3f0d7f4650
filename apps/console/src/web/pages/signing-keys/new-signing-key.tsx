import type { SigningKeyRequest } from '@mtls-gateway/contract'
import {
  type SigningAlgorithm,
  type SigningKeyUse,
  signingAlgorithms,
  signingKeyUses,
} from '@mtls-gateway/domain/words'
import { useState } from 'react'
import { clientOf } from '../../api/page-client.ts'
import { signingKeysKey } from '../../api/signing-keys.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { SelectField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { say } from '../../ui/toasts.tsx'

/** What a key is for, in words. */
export const uses: Readonly<Record<SigningKeyUse, string>> = {
  'client-authentication': 'Client authentication',
  'message-signature': 'Requests to targets',
}

const algorithms: Readonly<Record<SigningAlgorithm, string>> = {
  ES256: 'ES256: ECDSA on P-256',
  PS256: 'PS256: RSA-PSS, 3,072 bits',
  RS256: 'RS256: RSA, 3,072 bits',
  EdDSA: 'EdDSA: Ed25519',
}

export function NewSigningKey({ onClose }: { readonly onClose: () => void }) {
  const accountId = useAccountId()
  const [use, setUse] = useState<SigningKeyUse>('client-authentication')
  const [algorithm, setAlgorithm] = useState<SigningAlgorithm>('ES256')
  const create = useChange({
    change: (body: SigningKeyRequest, idempotencyKey) => clientOf(accountId).createSigningKey({ body, idempotencyKey }),
    changes: [signingKeysKey(accountId)],
    onDone: ({ body }) => {
      const isActive = 'state' in body && body.state === 'active'
      say({
        text: isActive
          ? 'The key is made, and signs from now on.'
          : 'The key is made. Activate it once everybody has the new key set.',
      })
      onClose()
    },
  })
  const words = [
    ...(use === 'client-authentication' ? [] : ['--use', use]),
    ...(algorithm === 'ES256' ? [] : ['--algorithm', algorithm]),
  ]
  return (
    <Dialog title="Make a signing key" place="side" onClose={onClose}>
      <Form
        onSubmit={() => create.mutate({ use, algorithm })}
        error={create.error}
        actions={
          <>
            <Button type="submit" look="primary" isPending={create.isPending}>
              Make it
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </>
        }
      >
        <SelectField
          label="Use"
          hint="Client authentication is by private_key_jwt. The first key of a use signs at once. Another one waits until you activate it."
          value={use}
          onChange={(event) => setUse(signingKeyUses.find((each) => each === event.target.value) ?? use)}
        >
          {signingKeyUses.map((each) => (
            <option key={each} value={each}>
              {uses[each]}
            </option>
          ))}
        </SelectField>
        <SelectField
          label="Algorithm"
          hint="Leave it as it is, unless the owner of the target or server wants another one."
          value={algorithm}
          onChange={(event) => setAlgorithm(signingAlgorithms.find((each) => each === event.target.value) ?? algorithm)}
        >
          {signingAlgorithms.map((each) => (
            <option key={each} value={each}>
              {algorithms[each]}
            </option>
          ))}
        </SelectField>
      </Form>
      <AsCommand command={['mtls signing-keys create', ...words].join(' ')} />
    </Dialog>
  )
}
