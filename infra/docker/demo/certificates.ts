import { generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createCa, type IssuedCertificate, makePkcs12 } from '@mtls-gateway/test-kit'
import { localPath, writeLocal } from './local.ts'

/** The password of client.p12, which only the demo's target takes. */
const password = 'demo'

/** Makes what the containers need before they start: one CA for the servers, another for the target's clients. */
async function certificates(): Promise<void> {
  // Written last: an interrupted set-up begins anew.
  if (existsSync(localPath('ca', 'ca.pem'))) return
  const [servers, clients] = await Promise.all([
    createCa({ name: 'Local servers' }),
    createCa({ name: 'Demo clients' }),
  ])
  const serverIdentity = (host: string) =>
    servers.issue({
      commonName: host,
      dnsNames: [host, 'localhost'],
      ipAddresses: ['127.0.0.1', '::1'],
      extendedKeyUsage: ['serverAuth'],
    })
  await writeIdentity(await serverIdentity('vault'), 'vault-tls')
  await writeIdentity(await serverIdentity('nginx'), 'nginx-tls')
  await writeIdentity(await serverIdentity('demo'), 'demo')

  const identity = await clients.issue({ commonName: 'demo-client', extendedKeyUsage: ['clientAuth'] })
  await writeLocal(clients.certificate, ['demo', 'client-ca.pem'])
  await writeLocal(makePkcs12({ identity, password }), ['demo', 'client.p12'])
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await writeLocal(privateKey.export({ type: 'pkcs8', format: 'pem' }), ['demo', 'issuer.key'])
  await writeLocal(servers.certificate, ['ca', 'ca.pem'])
}

async function writeIdentity({ certificate, privateKey }: IssuedCertificate, folder: string): Promise<void> {
  await writeLocal(certificate, [folder, 'tls.crt'])
  await writeLocal(privateKey, [folder, 'tls.key'])
}

await certificates()
