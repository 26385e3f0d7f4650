import type { CreatedAppKey } from '@mtls-gateway/contract'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { mappingsQuery } from '../../api/mappings.ts'
import { servicesQuery } from '../../api/services.ts'
import { configQuery } from '../../api/session.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/code.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import styles from './created-key.module.css'

/** The secret, this once, and what to do with it. */
export function CreatedKey({ created, onClose }: { readonly created: CreatedAppKey; readonly onClose: () => void }) {
  const { appKey, appSecret, label, scopes } = created
  return (
    <Card title={`The secret of ${label}`} action={<Button onClick={onClose}>I have saved it</Button>}>
      <Notice tone="warn" title="The secret is shown only now">
        Store it where the program can read it. Anyone who has it can{' '}
        {scopes.includes('forward') ? 'make calls with the certificates of this account' : 'do what its scopes allow'}.
      </Notice>
      <p>
        Keep these two lines in a file named <code>.env</code>, or as environment variables of the program:
      </p>
      <Code text={`MTLS_APP_KEY=${appKey}\nMTLS_APP_SECRET=${appSecret}`} label="the app key and its secret" />
      {scopes.includes('forward') && <FirstCall />}
    </Card>
  )
}

/** A program that makes a call, ready to run where the gateway's address is known and a url is mapped. */
function FirstCall() {
  const accountId = useAccountId()
  const { data: config } = useQuery(configQuery)
  const { data: services } = useQuery(servicesQuery(accountId))
  const { data: mappings, isPending } = useInfiniteQuery(mappingsQuery(accountId, { enable: true }))
  if (isPending) return <Loading label="Looking for a mapped url" />
  const mapping = mappings?.entries.find(({ url }) => !url.includes('*'))
  const service = services?.find(({ id }) => id === mapping?.serviceId)?.name
  const call = {
    forwarder: config?.forwarderUrl ?? undefined,
    service,
    url: service === undefined ? undefined : mapping?.url,
  }
  return (
    <>
      <p>
        Save this as <code>call.mjs</code>, and run <code className={styles.whole}>node --env-file=.env call.mjs</code>.
        It needs the package <code>@mtls-gateway/client</code>, which you get from the gateway’s operator.
      </p>
      {call.forwarder === undefined && (
        <p>
          Put the address of the gateway’s forwarder in place of <code>https://FORWARDER</code>: ask its operator.
        </p>
      )}
      {call.url === undefined && (
        <p>
          Put the name of your service and a mapped url in place of <code>IDP</code> and{' '}
          <code>https://bank.example/token</code>.
        </p>
      )}
      <Code text={snippet(accountId, call)} label="a call in JavaScript" />
    </>
  )
}

interface Call {
  readonly forwarder: string | undefined
  readonly service: string | undefined
  readonly url: string | undefined
}

function snippet(accountId: string, { forwarder, service, url }: Call): string {
  const options = [
    `forwarder: ${quoted(forwarder ?? 'https://FORWARDER')}`,
    `account: ${quoted(accountId)}`,
    `service: ${quoted(service ?? 'IDP')}`,
    'appKey',
    'appSecret',
  ]
  return `import { gatewayFetch } from '@mtls-gateway/client'

const { MTLS_APP_KEY: appKey, MTLS_APP_SECRET: appSecret } = process.env
const fetch = gatewayFetch({ ${options.join(', ')} })
const answer = await fetch(${quoted(url ?? 'https://bank.example/token')})
console.log(answer.status, await answer.text())`
}

/** As JavaScript writes a text. */
function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
