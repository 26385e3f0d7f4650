/** Calls a target through the gateway by `gatewayFetch`, which signs: JSON, a form, and bytes. For Node, Deno and Bun. */
import process from 'node:process'
import { gatewayFetch } from '@mtls-gateway/client'

const { FORWARDER_URL, ACCOUNT, APP_KEY, APP_SECRET, SERVICE, TARGET_URL } = process.env
const fetch = gatewayFetch({
  forwarder: FORWARDER_URL,
  account: ACCOUNT,
  service: SERVICE,
  appKey: APP_KEY,
  appSecret: APP_SECRET,
})

/** What the gateway itself refuses is thrown, as a GatewayProblem with its code. */
async function call(body, headers) {
  const answer = await fetch(TARGET_URL, { method: 'POST', body, headers })
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
