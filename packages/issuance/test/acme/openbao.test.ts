import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  missingTools,
  type NameServer,
  startNameServer,
  startVaultServer,
  unlessMissing,
  type VaultServer,
} from '@mtls-gateway/test-kit'
import { AcmeIssuer } from '../../src/acme/acme-issuer.ts'
import { issuerContract } from '../../src/testing/index.ts'
import { account, HttpResponder, issuedChain, newOrder, OperatorFolder, patient, verifyChain } from './setting.ts'

/** OpenBao asks on port 80 and nowhere else: on an address of 127.0.0.0/8 that nothing else on this machine uses. */
const address = `127.80.${process.pid & 255}.${1 + Math.floor(Math.random() * 254)}`
const responder = new HttpResponder()
const http = createServer((request, response) =>
  responder.answer(request.url ?? '', (status, body) => response.writeHead(status).end(body)),
)

const mayListen = await listens(http)
http.close()

const missing = [...missingTools('OpenBao'), ...(mayListen ? [] : ['the right to listen on port 80'])]

unlessMissing(describe, missing)('an OpenBao that speaks ACME', () => {
  let names: NameServer
  let bao: VaultServer
  let directoryUrl: string
  const folder = new OperatorFolder()
  responder.use(folder)

  beforeAll(async () => {
    await listens(http)
    names = await startNameServer(() => ({ addresses: [address], ttl: 0 }))
    bao = await startVaultServer()
    const answerHeaders = ['Last-Modified', 'Location', 'Replay-Nonce', 'Link', 'Retry-After']
    await set('sys/mounts/pki', { type: 'pki', config: { max_lease_ttl: '8760h' } })
    await set('sys/mounts/pki/tune', { allowed_response_headers: answerHeaders })
    const root = await set('pki/root/generate/internal', { common_name: 'Root', key_type: 'ec', ttl: '8760h' })
    folder.write('ca.pem', root.data.certificate)
    await set('pki/roles/client', {
      allow_any_name: true,
      key_type: 'any',
      client_flag: true,
      server_flag: false,
      ttl: '1h',
    })
    await set('pki/config/cluster', { path: `${bao.address}/v1/pki` })
    await set('pki/config/acme', {
      enabled: true,
      eab_policy: 'always-required',
      allowed_roles: ['client'],
      default_directory_policy: 'role:client',
      allow_role_ext_key_usage: true,
      dns_resolver: names.address,
    })
    directoryUrl = `${bao.address}/v1/pki/roles/client/acme/directory`
  })
  afterAll(async () => {
    http.closeAllConnections()
    http.close()
    await bao.stop()
    names.close()
    folder.remove()
  })

  issuerContract('acme', async () => {
    folder.newAccountKey()
    return { issuer: await open(60_000), profile: { lifetimeSeconds: 3_600 } }
  })

  async function set(path: string, body: object) {
    const answer = await bao.api('POST', path, body)
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  async function open(patienceMs?: number): Promise<AcmeIssuer> {
    const external = (await set('pki/roles/client/acme/new-eab', {})).data
    const settings = folder.settings(directoryUrl, {
      eabKeyIdFile: folder.write('eab-key-id', external.id),
      eabKeyFile: folder.write('eab-key', external.key),
    })
    return new AcmeIssuer(settings, patienceMs === undefined ? {} : { patienceMs })
  }

  it('signs a certificate for client authentication, as its role says', async () => {
    const issuer = await open(60_000)
    await issuer.check(patient)
    const order = await newOrder(['client.bank.example'], 'CN=client.bank.example')
    const chain = issuedChain(await issuer.issue(order, patient))

    expect(chain[0]?.subjectAltName).toBe('DNS:client.bank.example')
    expect(chain[0]?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    verifyChain(chain, await issuer.ca(account, patient))
  })

  it('goes on with an order later, though its binding can be used once', async () => {
    const order = await newOrder()
    const issuer = await open(0)
    let issuance = await issuer.issue(order, patient)
    expect(issuance.state).toBe('pending')
    for (const deadline = Date.now() + 60_000; issuance.state === 'pending' && Date.now() < deadline; ) {
      issuance = await new AcmeIssuer(folder.settings(directoryUrl), { patienceMs: 1_000 }).collect(
        order,
        issuance.reference,
        patient,
      )
    }
    verifyChain(issuedChain(issuance), await issuer.ca(account, patient))
  })

  it('says that the binding is wrong, or missing', async () => {
    folder.newAccountKey()
    const without = new AcmeIssuer(folder.settings(directoryUrl))
    await expect(without.issue(await newOrder(), patient)).rejects.toMatchObject({ code: 'ISSUER_ACCOUNT_MISSING' })
    const issuer = await open()
    folder.write('eab-key', 'dmF1bHQtZWFiLTAtaXMtbm90LXRoaXMtb25l')
    await expect(issuer.issue(await newOrder(), patient)).rejects.toMatchObject({ code: 'ISSUER_ACCOUNT_MISSING' })
  })

  it('cannot be asked while it is sealed', async () => {
    const issuer = await open()
    await bao.seal()
    try {
      await expect(issuer.issue(await newOrder(), patient)).rejects.toMatchObject({ code: 'ISSUER_SEALED' })
    } finally {
      await bao.unseal()
    }
  })
})

async function listens(server: Server): Promise<boolean> {
  try {
    await once(server.listen(80, address), 'listening')
    return true
  } catch {
    return false
  }
}
