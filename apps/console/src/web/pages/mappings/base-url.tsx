import { mappingBaseUrl } from '@mtls-gateway/client/page'
import type { Mapping } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useQuery } from '@tanstack/react-query'
import { configQuery } from '../../api/session.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Code } from '../../ui/code.tsx'

/** What programs are given that take a base url. A mapping for many hosts has none. */
export function BaseUrl({ mapping: { id, name, url } }: { readonly mapping: Mapping }) {
  const account = useAccountId()
  const { data: config } = useQuery(configQuery)
  const forwarder = config?.forwarderUrl
  if (!forwarder || url.startsWith('https://*')) return null
  return (
    <details>
      <summary>As a base url</summary>
      <p>
        For programs and SDKs that take a base url: in place of <code>{url.replace(/\*$/, '')}</code>, give them this
        one, and a token or app key of the gateway.
      </p>
      <Code text={mappingBaseUrl({ forwarder, allowHttp: true, account, mapping: id })} label="the base url" />
      <p>To try it with the app key of your login:</p>
      <Code text={`mtls forward --to ${shellWord(name)}`} label="the command for a call" />
    </details>
  )
}
