/**
 * Calls a target through the gateway by `gatewayFetch`, which signs: JSON, a form, and bytes. For Node, Deno and Bun.
 */
import process from 'node:process'
import { gatewayFetch } from '@mtls-gateway/client'

const fetch = gatewayFetch({
  forwarder: env('FORWARDER_URL'),
  account: env('ACCOUNT'),
  service: env('SERVICE'),
  appKey: env('APP_KEY'),
  appSecret: env('APP_SECRET'),
})

function env(name) {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

/** What the gateway itself refuses is thrown, as a GatewayProblem with its code. */
async function call(body, headers) {
  const answer = await fetch(env('TARGET_URL'), { method: 'POST', body, headers })
  console.log(answer.status, await answer.text())
}

await call('{"amount":"5 €"}', { 'content-type': 'application/json' })
await call(
  new URLSearchParams([
    ['grant_type', 'client_credentials'],
    ['scope', 'read write'],
    ['scope', 'ö*~+'],
  ]),
)
await call(
  Uint8Array.from({ length: 256 }, (_, at) => at),
  { 'content-type': 'application/octet-stream' },
)
