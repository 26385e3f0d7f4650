import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type EchoedRequest, type MtlsTarget, startMtlsTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { SteadyCalls, tally } from '../support/steady-calls.ts'
import { System } from '../support/system.ts'
import { lp, mustBe, type Tenant } from '../support/tenant.ts'
import { vaultOfTheRun } from '../support/vault-of-the-run.ts'
import type { Certificate } from '../support/wire.ts'

const lifetimeSeconds = 40
const renewals = 4

describe('a certificate of a PKI engine that lives for seconds', () => {
  const mount = `pki-${randomUUID()}`
  let folder: string
  let target: MtlsTarget
  let system: System
  let tenant: Tenant

  beforeAll(async () => {
    const { api, address } = vaultOfTheRun()
    folder = await mkdtemp(join(tmpdir(), 'pki-renewal-'))
    await api('POST', `sys/mounts/${mount}`, { type: 'pki' })
    const key = { key_type: 'ec', key_bits: 256 }
    const root = await api('POST', `${mount}/root/generate/internal`, { common_name: 'Engine CA', ...key })
    mustBe(200, root)
    const role = { allow_any_name: true, client_flag: true, server_flag: false, key_usage: ['DigitalSignature'] }
    await api('POST', `${mount}/roles/client`, { ...role, key_type: 'any', max_ttl: `${lifetimeSeconds}s` })
    const rules = [
      `path "${mount}/sign/client" { capabilities = ["update"] }`,
      `path "${mount}/roles/client" { capabilities = ["read"] }`,
      `path "${mount}/cert/ca_chain" { capabilities = ["read"] }`,
    ]
    await api('PUT', `sys/policies/acl/${mount}`, { policy: rules.join('\n') })
    await api('POST', `sys/auth/${mount}`, { type: 'approle' })
    const login = `auth/${mount}/role/issuer`
    await api('POST', login, { token_policies: mount, token_ttl: '10m' })
    const roleId = (await api('GET', `${login}/role-id`)).body.data.role_id
    const secretId = (await api('POST', `${login}/secret-id`)).body.data.secret_id
    const secretIdFile = join(folder, 'secret-id')
    await writeFile(secretIdFile, secretId, { mode: 0o600 })
    const profile = {
      ...{ name: 'engine', kind: 'vault-pki', description: 'The engine of a test', accounts: 'all' },
      ...{ keyTypes: ['EC-P256'], lifetime: `${lifetimeSeconds}s`, address, mount, role: 'client' },
      ...{ appRoleMount: mount, roleId, secretIdFile },
    }
    const issuers = join(folder, 'issuers.json')
    await writeFile(issuers, JSON.stringify({ profiles: [profile] }))
    const serverIdentity = await (await createCa()).issue({
      commonName: 'localhost',
      dnsNames: ['localhost'],
      extendedKeyUsage: ['serverAuth'],
    })
    target = await startMtlsTarget({ serverIdentity, clientCa: root.body.data.certificate })
    const configApiEnv = { ISSUERS_FILE: issuers }
    system = await System.start({ targets: [target], configApiEnv, moreForwarders: [{}] })
    tenant = await system.newTenant()
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
    await vaultOfTheRun().api('DELETE', `sys/mounts/${mount}`)
    await vaultOfTheRun().api('DELETE', `sys/auth/${mount}`)
    await rm(folder, { recursive: true, force: true })
  })

  it('renews itself again and again under calls through two forwarders, and none of them fails', async () => {
    const order = { name: 'c1', profile: 'engine', subject: { commonName: 'client' } }
    const issued = await tenant.api.json<Certificate>('POST', tenant.path('certificates/issue'), order)
    mustBe(201, issued)
    const { id } = issued.body
    const url = `${target.url}/renewed`
    await tenant.map({ certificationId: id, serviceId: 'IDP', url, name: 'm1' })
    const appKey = await tenant.newAppKey(['forward'])
    const forwarders = [system.forwarderApi, ...system.moreForwarders]
    const calls = forwarders.map((forwarder) => {
      const caller = system.toForwarderApi({ oauth1: appKey }, forwarder)
      return new SteadyCalls(() => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(url)), 2, 20)
    })
    const seen = new Set<string | null>()
    await eventually(
      async () => {
        const { body } = await tenant.api.json<Certificate>('GET', tenant.path(`certificates/${id}`))
        return seen.add(body.fingerprintSha256).size
      },
      (versions) => versions > renewals,
      110_000,
    )
    for (const each of calls) {
      const made = await each.stop()
      expect(tally(made)).toEqual({ 200: made.length })
      const presented = made.map(({ body }) => (body as EchoedRequest).clientCertificate?.fingerprint256)
      expect(new Set(presented).size).toBeGreaterThanOrEqual(renewals)
    }
  })
})
