import type { Mapping, TargetAuth as TargetAuthOf } from '@mtls-gateway/contract'
import { Code } from '../../ui/code.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Time } from '../../ui/time.tsx'

/** What calls of a mapping have besides the certificate. Secrets are never shown, only since when there is one. */
export function TargetAuth({ mapping: { targetAuth } }: { readonly mapping: Mapping }) {
  if (targetAuth === undefined) return null
  return (
    <details open>
      <summary>What the target wants besides the certificate</summary>
      <Facts facts={factsOf(targetAuth)} />
      <p>To change it, use the command line or the API:</p>
      <Code text="mtls mappings edit --help" label="the command for what the target wants" />
    </details>
  )
}

function factsOf(auth: TargetAuthOf) {
  const { headers, tokenUrl, clientId, method, scope, parameters } = auth
  if (headers !== undefined) {
    return Object.fromEntries(headers.map((header) => [header.name, <Secret key={header.name} {...header} />]))
  }
  return {
    'Access token of': tokenUrl,
    Client: clientId,
    'Shown by': method,
    Scope: scope,
    ...parameters,
    Secret: auth.hasSecret ? <Secret {...auth} /> : undefined,
  }
}

function Secret({ secretSetAt, secretSetBy }: { readonly secretSetAt?: string; readonly secretSetBy?: string }) {
  return (
    <>
      stored
      {secretSetAt && (
        <>
          {' '}
          <Time at={secretSetAt} />
        </>
      )}
      {secretSetBy && ` by ${secretSetBy}`}
    </>
  )
}
