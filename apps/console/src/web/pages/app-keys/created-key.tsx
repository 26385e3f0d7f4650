import type { CreatedAppKey } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { configQuery } from '../../api/session.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/code.tsx'
import { Notice } from '../../ui/notice.tsx'

/** The secret, this once, and what to do with it. */
export function CreatedKey({ created, onClose }: { readonly created: CreatedAppKey; readonly onClose: () => void }) {
  const accountId = useAccountId()
  const { data: config } = useQuery(configQuery)
  const { appKey, appSecret, label, scopes } = created
  return (
    <Card title={`The secret of ${label}`} action={<Button onClick={onClose}>I have saved it</Button>}>
      <Notice tone="warn" title="The secret is shown only now">
        Store it where the program can read it. Anyone who has it can make calls with the certificates of this account.
      </Notice>
      <Code text={`MTLS_APP_KEY=${appKey}\nMTLS_APP_SECRET=${appSecret}`} label="the app key and its secret" />
      {scopes.includes('forward') && (
        <Code text={snippet(accountId, config?.forwarderUrl ?? 'https://FORWARDER')} label="a call in TypeScript" />
      )}
    </Card>
  )
}

function snippet(accountId: string, forwarder: string): string {
  return `import { gatewayFetch } from '@mtls-gateway/client'

const { MTLS_APP_KEY: appKey, MTLS_APP_SECRET: appSecret } = process.env
const fetch = gatewayFetch({ forwarder: '${forwarder}', account: '${accountId}', service: 'IDP', appKey, appSecret })
const answer = await fetch('https://bank.example/token', { method: 'POST', body: 'grant_type=client_credentials' })
console.log(answer.status, await answer.text())`
}
