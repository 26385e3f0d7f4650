import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Plan } from '@mtls-gateway/contract'
import {
  type EchoedRequest,
  type IssuedCertificate,
  startTestTarget,
  type TestTarget,
  type VaultAccess,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { SteadyCalls, tally } from '../support/steady-calls.ts'
import { System } from '../support/system.ts'
import { lp, mustBe, type Tenant } from '../support/tenant.ts'
import { vaultOfTheRun } from '../support/vault-of-the-run.ts'
import type { Certificate } from '../support/wire.ts'

/** Sources are looked at twice a minute. */
const soonMs = 90_000
const dayMs = 86_400_000

describe('a certificate that comes from a KV engine', () => {
  const mount = `kv-${randomUUID()}`
  let api: VaultAccess['api']
  let directory: string
  let target: TestTarget
  let system: System
  let tenant: Tenant

  beforeAll(async () => {
    const vault = vaultOfTheRun()
    const { address } = vault
    api = vault.api
    directory = await mkdtemp(join(tmpdir(), 'kv-sources-'))
    await api('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } })
    // As docs/sources.md has it.
    const rules = [
      `path "${mount}/data/mtls-clients/*" { capabilities = ["read"] }`,
      `path "${mount}/metadata/mtls-clients/*" { capabilities = ["read"] }`,
    ]
    await api('PUT', `sys/policies/acl/${mount}`, { policy: rules.join('\n') })
    await api('POST', `sys/auth/${mount}`, { type: 'approle' })
    const login = `auth/${mount}/role/source`
    await api('POST', login, { token_policies: mount, token_ttl: '10m' })
    const roleId = (await api('GET', `${login}/role-id`)).body.data.role_id
    const secretId = (await api('POST', `${login}/secret-id`)).body.data.secret_id
    const [file, secretIdFile] = [join(directory, 'sources.json'), join(directory, 'secret-id')]
    await writeFile(secretIdFile, secretId, { mode: 0o600 })
    const source = {
      ...{ name: 'kv', kind: 'vault-kv', description: 'The engine of a test', accounts: 'all' },
      ...{ address, mount, path: 'mtls-clients/{account}/{certificate}' },
      ...{ appRoleMount: mount, roleId, secretIdFile },
    }
    await writeFile(file, JSON.stringify({ sources: [source] }))
    target = await startTestTarget()
    const configApiEnv = { SOURCES_FILE: file }
    system = await System.start({ targets: [target], configApiEnv, moreForwarders: [{}] })
    tenant = await system.newTenant()
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
    await api('DELETE', `sys/mounts/${mount}`)
    await api('DELETE', `sys/auth/${mount}`)
    await rm(directory, { recursive: true, force: true })
  })

  const issue = (from: number, to: number) =>
    target.clientCa.issue({
      commonName: 'client',
      notBefore: new Date(Date.now() + from * dayMs),
      notAfter: new Date(Date.now() + to * dayMs),
    })

  async function put(name: string, fields: Readonly<Record<string, string>>): Promise<void> {
    mustBe(200, await api('POST', `${mount}/data/mtls-clients/${tenant.id}/${name}`, { data: fields }))
  }

  const pair = ({ certificate, privateKey }: IssuedCertificate) => ({ 'tls.crt': certificate, 'tls.key': privateKey })

  it('is put in use under calls through two forwarders, and nothing else that is there is', async () => {
    const [first, second, third] = [await issue(-10, 10), await issue(-5, 20), await issue(-4, 25)]
    const { certificate } = await tenant.onboard(first, `${target.url}/sourced`)
    const path = tenant.path(`certificates/${certificate.id}`)
    const get = async <T>(below: string) => (await tenant.api.json<T>('GET', `${path}${below}`)).body
    const fingerprint = async () => (await get<Certificate>('')).fingerprintSha256
    const run = () => tenant.api.json('POST', `${path}/plan/run`)
    mustBe(200, await tenant.api.json('PUT', `${path}/plan`, { source: 'kv' }))
    const appKey = await tenant.newAppKey(['forward'])
    const forwarders = [system.forwarderApi, ...system.moreForwarders]
    const calls = forwarders.map((forwarder) => {
      const caller = system.toForwarderApi({ oauth1: appKey }, forwarder)
      const headers = lp(`${target.url}/sourced`)
      return new SteadyCalls(() => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, headers), 2, 50)
    })

    expect(await run()).toMatchObject({ status: 502, body: { code: 'SOURCE_MISSING' } })
    await put('c1', { 'tls.crt': second.certificate })
    expect(await run()).toMatchObject({ status: 502, body: { code: 'SOURCE_HALF_WRITTEN' } })
    await put('c1', { 'tls.crt': second.certificate, 'tls.key': third.privateKey })
    expect(await run()).toMatchObject({ status: 502, body: { code: 'SOURCE_OTHER_KEY' } })
    expect(await fingerprint()).toBe(first.fingerprintSha256)
    expect(await get<Plan>('/plan')).toMatchObject({ state: 'idle', lastFailure: { code: 'SOURCE_OTHER_KEY' } })

    await put('c1', pair(second))
    await eventually(fingerprint, (now) => now === second.fingerprintSha256, soonMs)
    await put('c1', pair(third))
    mustBe(200, await run())
    await eventually(fingerprint, (now) => now === third.fingerprintSha256)
    // A newest version that was deleted is none.
    await api('DELETE', `${mount}/data/mtls-clients/${tenant.id}/c1`)
    expect(await run()).toMatchObject({ status: 502, body: { code: 'SOURCE_MISSING' } })
    expect(await fingerprint()).toBe(third.fingerprintSha256)
    for (const each of calls) {
      const made = await each.stop()
      expect(tally(made)).toEqual({ 200: made.length })
    }
    expect(system.configApi.output).not.toContain('PRIVATE KEY')
  })

  it('is not looked for where its name would lead elsewhere, or the login may not read', async () => {
    const path = async (name: string) => {
      const { id } = await tenant.saveCertificate(name, await issue(-1, 10))
      const plan = tenant.path(`certificates/${id}/plan`)
      mustBe(200, await tenant.api.json('PUT', plan, { source: 'kv' }))
      return plan
    }
    await api('POST', `${mount}/data/elsewhere`, { data: pair(await issue(0, 20)) })
    for (const name of ['../../elsewhere', '..', 'a/b', 'c%2e', 'a b']) {
      const run = await tenant.api.json('POST', `${await path(name)}/run`)
      expect(run).toMatchObject({ status: 502, body: { code: 'SOURCE_MISSING' } })
    }
    const plan = await path('forbidden')
    const policy = `path "${mount}/data/other" { capabilities = ["read"] }`
    mustBe(204, await api('PUT', `sys/policies/acl/${mount}`, { policy }))
    const run = await tenant.api.json('POST', `${plan}/run`)
    expect(run).toMatchObject({ status: 503, body: { code: 'SOURCE_UNREADABLE' } })
    expect(JSON.stringify(run.body)).not.toContain(mount)
  })
})
