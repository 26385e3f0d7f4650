import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { recordFolder } from '@mtls-gateway/secret-store'
import { type IssuedCertificate, startTestTarget, type TestTarget, vaultApi } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type Production, startProduction } from '../support/production-system.ts'
import { Rotation } from '../support/rotation.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import type { Probe, Trial } from '../support/wire.ts'

describe('the prober of a deployment on Vault', () => {
  let production: Production
  let target: TestTarget
  let next: IssuedCertificate
  let tenant: Tenant
  let rotation: Rotation
  /** The whole environment of config-api's process, and the content of the files that it names. */
  let reach: string

  beforeAll(async () => {
    target = await startTestTarget()
    next = await target.clientCa.issue({ commonName: 'next' })
    production = await startProduction({ targets: [target] })
    const { system } = production
    tenant = await system.newTenant()
    const current = await target.clientCa.issue({ commonName: 'current' })
    const { certificate } = await tenant.onboard(current, `${target.url}/one`)
    rotation = new Rotation(tenant, certificate.id)
    mustBe(201, await rotation.stage(next))
    const environment = await readFile(`/proc/${system.configApi.pid}/environ`, 'utf8')
    const files = [...environment.matchAll(/_FILE=([^\0]+)/g)].map(([, path = '']) => path)
    reach = [environment, ...(await Promise.all(files.map((path) => readFile(path, 'utf8'))))].join('\n')
  })

  afterAll(async () => {
    await production?.stop()
    await target?.close()
  })

  const probe = () => rotation.post<Probe>('staged/probe')
  const login = (role_id: string, secret_id: string) =>
    production.vault.api('POST', 'auth/approle/login', { role_id, secret_id }, '')
  /** The login that anyone who runs code in config-api has. */
  const configApiLogin = async () => {
    const { VAULT_ROLE_ID = '', VAULT_SECRET_ID_FILE = '' } = production.mount.env('config-api')
    return { roleId: VAULT_ROLE_ID, secretId: await readFile(VAULT_SECRET_ID_FILE, 'utf8') }
  }

  it('makes the calls, with an identity that config-api has no part of', async () => {
    target.clear()
    expect(await probe()).toMatchObject({ status: 200, body: { ok: true, results: [{ result: 'ok', status: 200 }] } })
    expect(target.seen).toMatchObject([{ clientCertificate: { commonName: 'next' } }])
    const { VAULT_ROLE_ID = '', VAULT_SECRET_ID_FILE = '' } = production.mount.env('prober')
    expect(reach).toContain((await configApiLogin()).secretId)
    for (const text of [VAULT_ROLE_ID, await readFile(VAULT_SECRET_ID_FILE, 'utf8')]) expect(reach).not.toContain(text)
  })

  it('makes the call of a trial, too', async () => {
    target.clear()
    const tried = await rotation.post<Trial>('trial', { url: `${target.url}/tried`, version: 'staged' })
    expect(tried).toMatchObject({ status: 200, body: { clientCertificate: 'accepted', status: 200 } })
    expect(target.seen).toMatchObject([{ url: '/tried', clientCertificate: { commonName: 'next' } }])
    const { body: audit } = await tenant.api.json<{ action: string }[]>('GET', tenant.path('audit'))
    expect(audit[0]?.action).toBe('certificates.use-key-to-try')
  })

  it('is no one whom config-api can log in as, nor does its own login read a key', async () => {
    const { name } = production.mount
    const { roleId, secretId } = await configApiLogin()
    const prober = production.mount.env('prober')
    expect((await login(prober.VAULT_ROLE_ID ?? '', secretId)).status).toBe(400)
    const { body } = await login(roleId, secretId)
    const token: string = body.auth.client_token
    const ask = async (method: string, path: string, data?: object) =>
      (await vaultApi(production.vault.address, method, path, data, token)).status
    const store = production.system.openStore()
    const account = parseAccountId(tenant.id)
    const [keyId = ''] = await store.list(recordFolder('keys', account))
    await store.close()
    expect(keyId).not.toBe('')
    expect(await ask('GET', `${name}/data/accounts/${account}`)).toBe(200)
    expect(await ask('GET', `${name}/data/keys/${account}/${keyId}`)).toBe(403)
    const role = `auth/approle/role/${name}-prober`
    expect(await ask('POST', `${role}/secret-id`)).toBe(403)
    expect(await ask('GET', `${role}/role-id`)).toBe(403)
    expect(await ask('POST', 'auth/token/create', { policies: [`${name}-prober`] })).toBe(403)
  })

  it('logs each use of a key itself, whoever asks for it, and no key', async () => {
    mustBe(200, await probe())
    const lines = production.system.prober.output.split('\n').filter((line) => line.includes('"key-used"'))
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ service: 'prober', accountId: tenant.id, urls: 1, keyId: expect.any(String) }),
    )
  })

  it('that is away is an answer with a code: nothing is written, and config-api does everything else', async () => {
    const audit = async () => (await tenant.api.json<unknown[]>('GET', tenant.path('audit'))).body.length
    const before = await audit()
    await production.system.stopProber('kill')
    const refused = await probe()
    expectProblem(refused, 503, 'PROBER_UNAVAILABLE')
    expect(refused.headers['retry-after']).toBe('5')
    expect(await audit()).toBe(before)
    mustBe(200, await tenant.api.json('GET', tenant.path('certificates')))
    await production.system.startProber()
    expect(await probe()).toMatchObject({ status: 200, body: { ok: true } })
  })

  it('that can not log in is an outage of the store', async () => {
    const { mount } = production
    await mount.destroySecretIds('prober')
    expectProblem(await probe(), 503, 'STORE_UNAVAILABLE')
    await mount.newSecretId('prober')
    mustBe(200, await probe())
  })

  it('ends by SIGTERM', async () => {
    expect(await production.system.stopProber()).toBe(0)
    await production.system.startProber()
  })
})
