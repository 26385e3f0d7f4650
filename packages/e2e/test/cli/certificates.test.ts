import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, makePkcs12, type TestCa } from '@mtls-gateway/test-kit'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { type Tenant, testPassword } from '../support/tenant.ts'
import type { Certificate } from '../support/wire.ts'

let system: SharedSystem
let ca: TestCa
let issued: IssuedCertificate
let tenant: Tenant
let user: CliUser
let saved: Certificate

beforeAll(async () => {
  system = await sharedSystem()
  ca = await createCa({ name: 'CA' })
  issued = await ca.issue({ commonName: 'c1' })
})

afterAll(() => system?.stop())

/** An account with a certificate, and a user of it. */
async function prepare(): Promise<void> {
  tenant = await system.newTenant()
  user = (await loggedIn(system, tenant)).user
  saved = await tenant.saveCertificate('c1', issued)
}

const certificates = async () => (await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))).body

/** Puts another version in use, and stages a third one. */
async function rotateAndStage(): Promise<void> {
  const [second, third] = [await ca.issue({ commonName: 'second' }), await ca.issue({ commonName: 'third' })]
  await user.file('second.p12', makePkcs12({ identity: second, password: testPassword }))
  await user.done(['rotate', 'c1', 'second.p12', '--yes'], { env: { MTLS_PASSWORD: testPassword } })
  const body = { certificate: third.certificate, privateKey: third.privateKey }
  await tenant.api.json('POST', tenant.path(`certificates/${saved.id}/staged`), body)
}

describe('mtls certificates list and show', () => {
  beforeEach(prepare)

  it('list all certificates, those of an extended key usage, or a page', async () => {
    await tenant.saveCertificate('server', await ca.issue({ commonName: 'server', extendedKeyUsage: ['serverAuth'] }))
    const all = await user.done(['certificates', 'list'])
    expect(all).toMatch(/^ID +NAME +STATUS +EXPIRES +KEY +SUBJECT$/m)
    expect(all).toMatch(new RegExp(`^${saved.id} +c1 +Available +\\d{4}-\\d\\d-\\d\\d +EC-P256 +CN=c1$`, 'm'))
    const absent = JSON.parse(await user.done(['certificates', 'list', '--client-auth', 'absent', '--json']))
    expect(absent).toMatchObject([{ name: 'server' }])
    const found = await user.done(['certificates', 'list', '--search', 'SERV', '--status', 'Available', '--json'])
    expect(JSON.parse(found)).toEqual(absent)
    const page = await user.mtls(['certificates', 'list', '--limit', '1'])
    expect(page).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^1 of 2 certificates\. There are more: .* --cursor \S+\.\n$/),
    })
  })

  it('show one with its versions, by its name or id', async () => {
    await rotateAndStage()
    const text = await user.done(['certificates', 'show', 'c1'])
    for (const name of ['staged', 'previous']) expect(text).toMatch(new RegExp(`^${name} +Available, expires `, 'm'))
    expect(text).toMatch(/^key usage +digitalSignature$/m)
    expect(text).toMatch(/^extended +clientAuth, serverAuth$/m)
    expect(text).toMatch(/^chain +CN=second, expires \S+\n +CN=CA, expires \S+$/m)
    const [now] = await certificates()
    const { usage: _, ...shown } = now ?? {}
    expect(JSON.parse(await user.done(['certificates', 'show', String(saved.id), '--json']))).toMatchObject(shown)
  })
})

describe('mtls certificates download', () => {
  beforeEach(prepare)

  it('prints the certificate as PEM, and never a key', async () => {
    const pem = await user.done(['certificates', 'download', 'c1'])
    expect(pem).toBe(issued.certificate + issued.chain.join(''))
    expect(await user.done(['certificates', 'download', 'c1', '--json'])).toBe(pem)
  })
})

describe('mtls certificates drop-staged and drop-previous', () => {
  beforeEach(prepare)

  it('delete a version that is not in use', async () => {
    await rotateAndStage()
    expect(await user.mtls(['certificates', 'drop-staged', 'c1'])).toMatchObject({ code: 2, stdout: '' })
    expect(await user.done(['certificates', 'drop-staged', 'c1', '--yes'])).not.toMatch(/^staged/m)
    expect(await user.done(['certificates', 'drop-previous', 'c1', '--yes'])).not.toMatch(/^previous/m)
    expect(await certificates()).toMatchObject([{ name: 'c1', subject: 'CN=second' }])
    expect(await user.mtls(['certificates', 'drop-staged', 'c1', '--yes'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^STAGED_NOT_FOUND: /),
    })
  })
})

describe('mtls certificates delete', () => {
  beforeEach(prepare)

  it('deletes a certificate that no mapping uses', async () => {
    await tenant.map({ name: 'm1', serviceId: 'IDP', url: 'https://bank.example/', certificationId: saved.id })
    const used = await user.mtls(['certificates', 'delete', 'c1', '--yes'])
    expect(used).toMatchObject({ code: 1, stderr: expect.stringMatching(/^CERTIFICATE_IN_USE: [\s\S]* name m1$/m) })
    await user.done(['mappings', 'delete', 'm1', '--yes'])
    expect(await user.mtls(['certificates', 'delete', 'c1'])).toMatchObject({ code: 2, stdout: '' })
    const text = await user.done(['certificates', 'delete', 'c1', '--yes'])
    expect(text).toBe(`Deleted the certificate "c1" (${saved.id}).\n`)
    expect(await user.done(['certificates', 'list'])).toBe('There is no certificate.\n')
  })
})

describe('mtls certificates', () => {
  beforeAll(prepare)

  it.each([
    { args: ['certificates'], code: 2, said: /^Usage: mtls certificates / },
    { args: ['certificates', 'show', 'nobody'], code: 1, said: /has no certificate "nobody"\. It has "c1"\.$/m },
    { args: ['certificates', 'show', '1'], code: 1, said: /^CERTIFICATE_NOT_FOUND: / },
    { args: ['certificates', 'list', '--client-auth', 'some'], code: 2, said: /Allowed choices are present, / },
    { args: ['certificates', 'list', '--limit', '2000'], code: 1, said: /^LIMIT_EXCEEDED: / },
  ])('says what is wrong: $args', async ({ args, code, said }) => {
    expect(await user.mtls(args)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(said) })
  })
})
