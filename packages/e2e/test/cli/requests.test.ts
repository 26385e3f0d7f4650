import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, makePkcs12, type TestTarget } from '@mtls-gateway/test-kit'
import { type LoggedIn, loggedIn } from '../support/cli-login.ts'
import { leaksOf } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { type Tenant, testPassword } from '../support/tenant.ts'
import type { Certificate, Mapping } from '../support/wire.ts'

let target: TestTarget
let system: SharedSystem
let tenant: Tenant
let login: LoggedIn

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
  tenant = await system.newTenant()
  login = await loggedIn(system, tenant)
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const certificates = async () => (await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))).body
const mappings = async () => (await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body
const onTarget = (path: string) => ['--service-name', 'IDP', '--url', target.url + path]

/** What the CA makes of a request, as it sends it. */
async function signed(csr: string, name: string): Promise<string> {
  const { certificate, chain } = await target.clientCa.signRequest(csr)
  return login.user.file(name, [certificate, ...chain].join(''))
}

describe('mtls csr and upload --signed-for', () => {
  it('make a certificate of a key that never leaves the gateway', async () => {
    const subject = ['--common-name', 'by-request', '--organization', 'Acme', '--country', 'DE']
    const names = ['--subject-alt-name', 'client.example', '--subject-alt-name', 'ops@client.example']
    const requested = await login.user.mtls(['csr', '--name', 'mine', '--key-type', 'EC-P256', ...subject, ...names])
    expect(requested.stdout).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----[\s\S]+-----END CERTIFICATE REQUEST-----\n$/)
    expect(requested.stderr).toMatch(/^status +PendingSignature$/m)
    const file = await signed(requested.stdout, 'signed.pem')
    const completed = await login.user.done(['upload', file, '--signed-for', 'mine'])
    expect(completed).toMatch(/^status +Available$/m)
    expect(await certificates()).toMatchObject([{ name: 'mine', keyType: 'EC-P256', status: 'Available' }])
    await login.user.done(['map', 'mine', ...onTarget('/requested'), '--name', 'm1'])
    const echoed = JSON.parse(await login.user.done(['forward', ...onTarget('/requested')]))
    expect(echoed).toMatchObject({ clientCertificate: { commonName: 'by-request' } })
  })

  it('renew it by a new key, which rotate puts in use', async () => {
    const renewal = JSON.parse(await login.user.done(['csr', '--renew', 'mine', '--common-name', 'renewed', '--json']))
    expect(renewal).toMatchObject({ certificate: { staged: { status: 'PendingSignature' } } })
    const early = await login.user.mtls(['rotate', 'mine'])
    expect(early).toMatchObject({ code: 1, stderr: expect.stringMatching(/^STAGED_PENDING: /) })
    const file = await signed(renewal.csr, 'renewed.pem')
    expect(await login.user.done(['upload', file, '--signed-for', 'mine'])).toMatch(/^staged +Available, expires /m)
    const rotated = await login.user.done(['rotate', 'mine', '--yes', '--wait'])
    expect(rotated).toMatch(/^in use: mine, CN=renewed, expires /m)
  })

  it('renew it under the same subject and names where none are given', async () => {
    const { stdout } = await login.user.mtls(['csr', '--renew', 'mine', '--key-type', 'EC-P384'])
    const file = await signed(stdout, 'same.pem')
    await login.user.done(['upload', file, '--signed-for', 'mine'])
    const rotated = await login.user.done(['rotate', 'mine', '--yes', '--wait'])
    expect(rotated).toMatch(/^in use: mine, CN=renewed, expires /m)
    const leaf = new X509Certificate(await readFile(file))
    expect(leaf.subjectAltName).toBe('DNS:client.example, email:ops@client.example')
    expect(await certificates()).toMatchObject([{ keyType: 'EC-P384' }])
  })

  it.each([
    { args: ['csr', '--common-name', 'x'], code: 2, said: /^Give --name, or --renew/ },
    { args: ['csr', '--name', 'a', '--renew', 'b'], code: 2, said: /cannot be used with option/ },
    { args: ['csr', '--name', 'a', '--key-type', 'DSA'], code: 2, said: /Allowed choices are RSA-2048, / },
    { args: ['csr', '--name', 'a'], code: 1, said: /^VALIDATION_FAILED: "subject" is empty/ },
    { args: ['csr', '--name', 'mine', '--common-name', 'x'], code: 1, said: /^CERTIFICATE_NAME_TAKEN: / },
    { args: ['csr', '--renew', 'nobody', '--common-name', 'x'], code: 1, said: /has no certificate "nobody"/ },
    { args: ['upload', 'signed.pem', '--signed-for', 'mine'], code: 1, said: /^NO_PENDING_REQUEST: / },
    { args: ['upload', 'none.pem', '--signed-for', 'mine'], code: 2, said: /^none.pem can not be read/ },
  ])('say what is wrong: $args', async ({ args, code, said }) => {
    expect(await login.user.mtls(args)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(said) })
  })
})

describe('mtls activate', () => {
  it('maps a url after a call that shows that the target takes the certificate', async () => {
    const text = await login.user.done(['activate', 'mine', ...onTarget('/activated'), '--validate-url'])
    expect(text).toMatch(/^name +mine-\d+$/m)
    expect(await login.user.done(['check', ...onTarget('/activated')])).toMatch(/^yes: /)
  })

  it('verifies the target by the options of its trust', async () => {
    const [right, wrong] = [
      await login.user.file('ca.pem', target.ca),
      await login.user.file('other-ca.pem', target.clientCa.certificate),
    ]
    const activate = (file: string) =>
      login.user.mtls(['activate', 'mine', ...onTarget('/trusted'), '--validate-url', '--target-trust', file])
    expect(await activate(wrong)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^URL_VALIDATION_FAILED: /) })
    expect(await activate(right)).toMatchObject({ code: 0 })
    expect((await mappings()).at(-1)?.targetTrust).toEqual({ caCertificates: target.ca })
  })

  it('maps nothing where the target refuses it, and says why', async () => {
    const strange = await (await createCa({ name: 'Strange CA' })).issue({ commonName: 'strange' })
    const file = await login.user.file('strange.p12', makePkcs12({ identity: strange, password: testPassword }))
    await login.user.done(['upload', file], { env: { MTLS_PASSWORD: testPassword } })
    const before = await mappings()
    const refused = await login.user.mtls(['activate', 'strange', ...onTarget('/refused'), '--validate-url'])
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^URL_VALIDATION_FAILED: Nothing was mapped: [\s\S]*acceptableIssuers: CN=Client CA/)
    expect(await mappings()).toEqual(before)
    await login.user.done(['activate', 'strange', ...onTarget('/refused')])
    expect((await mappings()).length).toBe(before.length + 1)
  })

  it('says what is wrong', async () => {
    const taken = await login.user.mtls(['activate', 'strange', ...onTarget('/activated')])
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringMatching(/^MAPPING_ALREADY_EXISTS: /) })
    const missing = await login.user.mtls(['activate', 'strange'])
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("'--service-name <service>'") })
  })
})

describe('these commands', () => {
  it('have shown no secret', async () => {
    const secrets = { token: login.token, 'app secret': login.appKey.appSecret, password: testPassword }
    expect(leaksOf(secrets, { commands: login.user.written, services: await system.readOutput() })).toEqual([])
    expect(login.user.written).not.toContain('PRIVATE KEY-----')
  })
})
