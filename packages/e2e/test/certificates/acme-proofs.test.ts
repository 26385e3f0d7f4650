import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { PendingIssuance, Plan } from '@mtls-gateway/contract'
import {
  freePort,
  missingTools,
  type NameServer,
  type PebbleServer,
  startNameServer,
  startPebble,
  startVaultServer,
  unlessMissing,
  type VaultServer,
  withTools,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { mustBe } from '../support/tenant.ts'
import type { Certificate } from '../support/wire.ts'

const at = (token: string) => `/.well-known/acme-challenge/${token}`
const token = 'DGyRejmCefe7v4NfDGDKfA'
const order = {
  ...{ name: 'c1', profile: 'acme', subject: { commonName: 'a.bank.example' } },
  subjectAltNames: ['a.bank.example', 'b.bank.example'],
}
/** OpenBao asks on port 80 and nowhere else: on an address of 127.0.0.0/8 that nothing else on this machine uses. */
const address = `127.81.${process.pid & 255}.${1 + Math.floor(Math.random() * 254)}`
const missing = [...missingTools('OpenBao'), ...((await canListen()) ? [] : ['the right to listen on port 80'])]

withTools(describe, 'Pebble')('a CA that wants names proved', () => {
  let directory: string
  let names: NameServer
  let pebble: PebbleServer
  let system: System

  const file = (name: string) => join(directory, name)
  const changeAccountKey = () => writeFile(file('account.pem'), newAccountKey())

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'acme-proofs-'))
    names = await startNameServer(() => ({ addresses: ['127.0.0.1'], ttl: 0 }))
    const port = await freePort()
    pebble = await startPebble({ httpPort: port, nameServer: names.address, env: { PEBBLE_AUTHZREUSE: '0' } })
    await changeAccountKey()
    await writeFile(file('server-ca.pem'), pebble.serverCa)
    await writeFile(file('ca.pem'), await pebble.root())
    const profile = {
      ...{ name: 'acme', kind: 'acme', description: 'A CA that speaks ACME.', accounts: 'all' },
      directoryUrl: pebble.directoryUrl,
      serverCaFile: file('server-ca.pem'),
      accountKeyFile: file('account.pem'),
      caFile: file('ca.pem'),
    }
    await writeFile(file('issuers.json'), JSON.stringify({ profiles: [profile] }))
    const configApiEnv = { CONFIG_API_PORT: `${port}`, ISSUERS_FILE: file('issuers.json') }
    system = await System.start({ configApiOnly: true, configApiEnv })
  })
  afterAll(async () => {
    await system?.stop()
    await pebble?.stop()
    names?.close()
    await rm(directory, { recursive: true, force: true })
  })

  /** Pebble signs for servers alone, which the gateway refuses: by then it has seen the proofs, and has signed. */
  async function expectProved() {
    const tenant = await system.newTenant()
    const issued = await tenant.api.json<PendingIssuance>('POST', tenant.path('certificates/issue'), order)
    mustBe(202, issued)
    const path = tenant.path(`certificates/${issued.body.certificate.id}/plan`)
    const plan = await eventually(
      async () => (await tenant.api.json<Plan>('GET', path)).body,
      ({ lastFailure }) => lastFailure !== null,
    )
    expect(plan.lastFailure).toMatchObject({ step: 'order', code: 'ISSUED_WITHOUT_CLIENT_AUTH' })
  }

  it('finds them proved by config-api, before and after a change of the account key', async () => {
    await expectProved()
    await changeAccountKey()
    await setTimeout(1_100)
    await expectProved()
  })

  it('gets text, and no more than the token and the thumbprint', async () => {
    const { status, headers, body } = await system.toConfigApi().raw({ method: 'GET', path: at(token) })
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'content-type': 'text/plain', 'x-content-type-options': 'nosniff' })
    expect(body.toString()).toMatch(new RegExp(`^${token}\\.[A-Za-z0-9_-]{43}$`))
  })

  it.each(['short', `${token}.`, `${token}%2F..`])('gets nothing for what is no token: %s', async (other) => {
    expectProblem(await system.toConfigApi().json('GET', at(other)), 404, 'NOT_FOUND')
  })
})

unlessMissing(describe, missing)('an OpenBao that speaks ACME', () => {
  let directory: string
  let names: NameServer
  let bao: VaultServer
  let system: System

  const file = (name: string) => join(directory, name)
  const set = async (path: string, body: object) => {
    const answer = await bao.api('POST', path, body)
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body?.data
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'acme-proofs-'))
    names = await startNameServer(() => ({ addresses: [address], ttl: 0 }))
    bao = await startVaultServer()
    const answerHeaders = ['Location', 'Replay-Nonce', 'Link', 'Retry-After']
    await set('sys/mounts/pki', { type: 'pki', config: { max_lease_ttl: '8760h' } })
    await set('sys/mounts/pki/tune', { allowed_response_headers: answerHeaders })
    const root = await set('pki/root/generate/internal', { common_name: 'Root', key_type: 'ec', ttl: '8760h' })
    await set('pki/roles/client', {
      client_flag: true,
      server_flag: false,
      allow_any_name: true,
      key_type: 'any',
      ttl: '72h',
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
    const binding = await set('pki/roles/client/acme/new-eab', {})
    await writeFile(file('account.pem'), newAccountKey())
    await writeFile(file('eab-key-id'), binding.id)
    await writeFile(file('eab-key'), binding.key)
    await writeFile(file('ca.pem'), root.certificate)
    const profile = {
      ...{ name: 'acme', kind: 'acme', description: 'An OpenBao that speaks ACME.', accounts: 'all' },
      directoryUrl: `${bao.address}/v1/pki/roles/client/acme/directory`,
      accountKeyFile: file('account.pem'),
      eabKeyIdFile: file('eab-key-id'),
      eabKeyFile: file('eab-key'),
      caFile: file('ca.pem'),
    }
    await writeFile(file('issuers.json'), JSON.stringify({ profiles: [profile] }))
    const configApiEnv = { CONFIG_API_HOST: address, CONFIG_API_PORT: '80', ISSUERS_FILE: file('issuers.json') }
    system = await System.start({ configApiOnly: true, configApiEnv })
  })
  afterAll(async () => {
    await system?.stop()
    await bao?.stop()
    names?.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('sees names proved by config-api, and signs a certificate that is then there to be used', async () => {
    const tenant = await system.newTenant()
    const issued = await tenant.api.json<Certificate & Partial<PendingIssuance>>(
      'POST',
      tenant.path('certificates/issue'),
      order,
    )
    const id = issued.status === 201 ? issued.body.id : issued.body.certificate?.id
    const certificate = await eventually(
      async () => (await tenant.api.json<Certificate>('GET', tenant.path(`certificates/${id}`))).body,
      ({ status }) => status !== 'PendingSignature',
    )
    expect(certificate).toMatchObject({ issuer: 'CN=Root', clientAuth: 'present' })
  })
})

function newAccountKey(): string | Buffer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' })
}

async function canListen(): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(80, address), 'listening')
    await new Promise((resolve) => server.close(resolve))
    return true
  } catch {
    return false
  }
}
