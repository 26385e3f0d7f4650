import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { leaksOf } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import { vaultOfTheRun } from '../support/vault-of-the-run.ts'
import type { Certificate } from '../support/wire.ts'

interface Issued {
  readonly certificate: string
  readonly ca_chain: readonly string[]
  readonly private_key: string
}

describe('what a PKI engine of Vault issues', () => {
  const mount = `pki-${randomUUID()}`
  let system: SharedSystem
  let tenant: Tenant
  let user: CliUser
  let answer: { readonly data: Issued }

  beforeAll(async () => {
    system = await sharedSystem()
    tenant = await system.newTenant()
    user = (await loggedIn(system, tenant)).user
    const { api } = vaultOfTheRun()
    const key = { key_type: 'ec', key_bits: 256 }
    await api('POST', `sys/mounts/${mount}`, { type: 'pki' })
    await api('POST', `${mount}/root/generate/internal`, { common_name: 'Engine CA', ...key })
    await api('POST', `${mount}/roles/client`, { allow_any_name: true, client_flag: true, server_flag: false, ...key })
    // Shorter than the CA's 768 hours, longer than the 30 days of a warning.
    const request = { common_name: 'client.example', ttl: '750h' }
    const issued = await api('POST', `${mount}/issue/client`, request)
    mustBe(200, issued)
    answer = issued.body
  })

  afterAll(async () => {
    await vaultOfTheRun().api('DELETE', `sys/mounts/${mount}`)
    await system?.stop()
  })

  const certificates = async () => (await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))).body

  it('is uploaded as vault write -format=json prints it', async () => {
    await user.done(['upload', '-', '--name', 'piped'], { stdin: JSON.stringify(answer, undefined, 2) })
    expect(await certificates()).toMatchObject([
      { name: 'piped', status: 'Available', subject: 'CN=client.example', issuer: 'CN=Engine CA', warnings: [] },
    ])
    expect(await user.done(['test', '-'], { stdin: JSON.stringify(answer.data) })).toMatch(/^usable +yes/m)
  })

  it('is an entry of a JSON upload and the next version of a certificate, as the engine names its fields', async () => {
    const created = await tenant.api.json('POST', tenant.path('certificates'), [{ name: 'by json', ...answer.data }])
    mustBe(201, created)
    const [first, second] = await certificates()
    expect(second).toMatchObject({ name: 'by json', fingerprintSha256: first?.fingerprintSha256, warnings: [] })
    mustBe(201, await tenant.api.json('POST', tenant.path(`certificates/${second?.id}/staged`), answer.data))
    const mixture = { name: 'mixture', ...answer.data, privateKey: answer.data.private_key }
    expectProblem(await tenant.api.json('POST', tenant.path('certificates'), [mixture]), 400, 'VALIDATION_FAILED')
    const secrets = { key: answer.data.private_key }
    expect(leaksOf(secrets, { commands: user.written, services: await system.readOutput() })).toEqual([])
  })
})
