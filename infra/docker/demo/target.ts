import { once } from 'node:events'
import { createServer } from 'node:https'
import { startMtlsTarget } from '@mtls-gateway/test-kit'
import { jwks } from './issuer.ts'
import { readLocal } from './local.ts'

const host = '0.0.0.0'
const { TARGET_PORT = '8443', ISSUER_PORT = '9443' } = process.env
const [certificate, privateKey, ca, clientCa] = await Promise.all([
  readLocal('demo', 'tls.crt'),
  readLocal('demo', 'tls.key'),
  readLocal('ca', 'ca.pem'),
  readLocal('demo', 'client-ca.pem'),
])
const target = await startMtlsTarget({
  serverIdentity: { certificate, privateKey, chain: [ca], fingerprintSha256: '' },
  clientCa,
  host,
  port: Number(TARGET_PORT),
})

const keys = JSON.stringify(await jwks())
const issuer = createServer({ cert: certificate, key: privateKey }, (request, response) => {
  if (request.url !== '/jwks') return void response.writeHead(404).end()
  response.writeHead(200, { 'content-type': 'application/json' }).end(keys)
})
issuer.listen(Number(ISSUER_PORT), host)
await once(issuer, 'listening')
console.log(`target on port ${TARGET_PORT}, token issuer on port ${ISSUER_PORT}`)

process.once('SIGTERM', async () => {
  issuer.close()
  issuer.closeAllConnections()
  await target.close()
})
