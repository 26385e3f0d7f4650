import type { SigningKey } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { settingsKey, settingsQuery } from '../../api/account.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Answered } from '../../ui/answered.tsx'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/code.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Download } from '../../ui/download.tsx'
import { Failure } from '../../ui/failure.tsx'
import { say } from '../../ui/toasts.tsx'
import styles from './key-set.module.css'

/** The public parts of all keys, for whoever verifies signatures: handed over, or read by them. */
export function KeySet({ keys }: { readonly keys: readonly SigningKey[] }) {
  const missingScope = useMissingScope('mtls:admin')
  const jwks = JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }, null, 2)
  return (
    <Card title="Key set">
      <p>
        Targets and authorization servers verify signatures by the public keys in it, whatever the state of a key. Give
        it to their owners, or publish it and give them its address.
      </p>
      {keys.length > 0 && (
        <div className={styles.buttons}>
          <Download content={`${jwks}\n`} name="jwks.json" type="application/jwk-set+json">
            Download the key set
          </Download>
          <Copy text={jwks} label="Copy the key set">
            Copy the key set
          </Copy>
        </div>
      )}
      {missingScope === undefined ? <Publication /> : <Button disabledReason={missingScope}>Publish it</Button>}
    </Card>
  )
}

/** Whether anybody can read the key set. It takes effect at once, and can be taken back. */
function Publication() {
  const accountId = useAccountId()
  const query = useQuery(settingsQuery(accountId))
  const change = useChange({
    change: (publishKeys: boolean, idempotencyKey) =>
      clientOf(accountId).changeSettings({ body: { publishKeys }, idempotencyKey }),
    changes: [settingsKey(accountId)],
    onDone: (_, publishKeys) =>
      say({
        text: publishKeys ? 'Anybody can read the key set.' : 'The key set is no longer published.',
        about: 'the key set',
        action: { label: 'Undo', run: () => change.mutate(!publishKeys) },
      }),
  })
  const isPublished = query.data?.body.publishKeys === true
  return (
    <Answered query={query} label="Loading the settings">
      {isPublished ? (
        <>
          <p>Anybody can read it, without credentials, at this path of config-api:</p>
          <Code text={`/mtls/account/${accountId}/jwks.json`} label="the path of the key set" />
        </>
      ) : (
        <p>It is not published.</p>
      )}
      <Button isPending={change.isPending} onClick={() => change.mutate(!isPublished)}>
        {isPublished ? 'Stop publishing it' : 'Publish it'}
      </Button>
      {change.error && <Failure error={change.error} />}
      <AsCommand command={`mtls settings set --publish-keys ${isPublished ? 'no' : 'yes'}`} />
    </Answered>
  )
}
