import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type IssuedCertificate, makePkcs12, type TestTarget } from '@mtls-gateway/test-kit'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { leaksOf } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { type Tenant, testPassword } from '../support/tenant.ts'
import type { Certificate, Mapping } from '../support/wire.ts'

let target: TestTarget
let system: SharedSystem
let tenant: Tenant
let user: CliUser
let identity: IssuedCertificate
let secrets: Record<string, string>
const password = { MTLS_PASSWORD: testPassword }

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
  tenant = await system.newTenant()
  const login = await loggedIn(system, tenant)
  user = login.user
  identity = await target.clientCa.issue({ commonName: 'by-cli' })
  await user.file('client.p12', makePkcs12({ identity, password: testPassword }))
  await user.file('password', `${testPassword}\n`)
  secrets = {
    token: login.token,
    'app secret': login.appKey.appSecret,
    password: testPassword,
    key: identity.privateKey,
  }
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const certificates = async () => (await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))).body
const mappings = async () => (await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body
const ofBank = ['--service-name', 'IDP', '--url', 'https://bank.example/token']

describe('mtls test', () => {
  it('says what is in a file and who reads it, and stores nothing', async () => {
    const text = await user.done(['test', 'client.p12', '--password-file', 'password'])
    expect(text).toMatch(/^usable +yes, read by \S+$/m)
    expect(text).toMatch(/^key +EC P-256$/m)
    expect(text).toMatch(/^chain +CN=by-cli, until \d{4}-\d\d-\d\d$/m)
    const report = JSON.parse(await user.done(['test', 'client.p12', '--json'], { env: password }))
    expect(report).toMatchObject({ readable: true, keyMatchesCertificate: true, call: null })
    expect(await certificates()).toEqual([])
  })

  it('takes PEM files, with the key in one of its own or beside the certificate', async () => {
    const { certificate, privateKey } = identity
    const [cert, key] = [await user.file('tested.pem', certificate), await user.file('tested-key.pem', privateKey)]
    const text = await user.done(['test', cert, '--key', key])
    expect(text).toMatch(/^usable +yes, read by node:crypto$/m)
    expect(text).toMatch(/^chain +CN=by-cli, until \d{4}-\d\d-\d\d$/m)
    const both = await user.file('both.pem', certificate + privateKey)
    expect(await user.done(['test', both])).toBe(text)
    const wrong = await user.file('wrong-key.pem', (await target.clientCa.issue({ commonName: 'x' })).privateKey)
    const refused = await user.mtls(['test', cert, '--key', wrong])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^KEY_CERTIFICATE_MISMATCH: /) })
    expect(await user.mtls(['test', cert])).toMatchObject({ code: 2, stderr: expect.stringContaining('--key') })
  })

  it('calls a target, as it is told to', async () => {
    target.clear()
    const call = ['--url', `${target.url}/hook`, '--method', 'PUT', '--content-type', 'text/csv', '--body-file', '-']
    const authorization = ['--authorization-file', await user.file('authorization', 'Basic dGFyZ2V0\n')]
    const text = await user.done(['test', 'client.p12', ...call, ...authorization], { env: password, stdin: 'a,b' })
    expect(text).toMatch(/^certificate +asked for, and its issuer is accepted$/m)
    expect(text).toMatch(/^answer +200$/m)
    expect(target.seen).toMatchObject([{ method: 'PUT', url: '/hook' }])
    const report = JSON.parse(
      await user.done(['test', 'client.p12', ...call, ...authorization, '--json'], { env: password, stdin: 'a,b' }),
    )
    // The target echoes what it got.
    for (const sent of ['Basic dGFyZ2V0', 'text/csv', 'a,b']) expect(report.call.body).toContain(sent)
  })

  it('ends with 1 where the call fails, and where the file can not be used', async () => {
    const refused = await user.mtls(['test', 'client.p12', '--url', 'https://no.such.host.invalid/'], { env: password })
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/^error +ENOTFOUND: /m) })
    const wrong = await user.mtls(['test', 'client.p12'], { env: { MTLS_PASSWORD: 'wrong' } })
    expect(wrong).toMatchObject({ code: 1, stdout: '' })
    expect(wrong.stderr).toMatch(
      /^P12_WRONG_PASSWORD: .*\n {2}\$ openssl [\s\S]*--password-file FILE, or MTLS_PASSWORD/,
    )
    const without = await user.mtls(['test', 'client.p12'])
    expect(without.stderr).toMatch(/^P12_PASSWORD_REQUIRED: [\s\S]*--password-file FILE, or MTLS_PASSWORD/)
  })
})

describe('mtls upload', () => {
  it('stores a PKCS#12 file under the name of the file, or another', async () => {
    const text = await user.done(['upload', 'client.p12'], { env: password })
    expect(text).toMatch(/^name +client$/m)
    expect(text).toMatch(/^status +Available$/m)
    const named = await user.done(['upload', 'client.p12', '--name', 'a b', '--json'], { env: password })
    expect(JSON.parse(named)).toMatchObject({ successfulySavedCertificates: [{ name: 'a b' }] })
    expect((await certificates()).map(({ name }) => name)).toEqual(['client', 'a b'])
  })

  it('stores PEM files, and replaces a certificate by id or name', async () => {
    const next = await target.clientCa.issue({ commonName: 'by-cli-next' })
    secrets.nextKey = next.privateKey
    const [certificate, key] = [
      await user.file('cert.pem', next.certificate),
      await user.file('key.pem', next.privateKey),
    ]
    const [before] = await certificates()
    await user.done(['upload', certificate, '--key', key, '--replace', 'client'])
    const [after] = await certificates()
    expect(after).toMatchObject({ id: before?.id, name: 'client', fingerprintSha256: next.fingerprintSha256 })
    await user.done(['upload', 'client.p12', '--replace', String(before?.id)], { env: password })
    expect((await certificates())[0]).toMatchObject({ name: 'client', fingerprintSha256: identity.fingerprintSha256 })
  })

  it('says why it stores nothing', async () => {
    expect(await user.mtls(['upload', 'client.p12'], { env: password })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^CERTIFICATE_NAME_TAKEN: .* already\. Choose another name, or replace that certificate\.\n {2}status: 409\n {2}request: \S+\nGive another --name, or .*: mtls upload FILE --replace NAME\.\n$/,
      ),
    })
    expect(await user.mtls(['upload', 'client.p12', '--replace', 'nobody'], { env: password })).toMatchObject({
      code: 1,
      stderr: `The account ${tenant.id} has no certificate "nobody". It has "a b", "client".\n`,
    })
    expect(await user.mtls(['upload', 'none.p12'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^none.p12 /),
    })
    expect(await user.mtls(['upload', 'cert.pem'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--key') })
  })
})

describe('mtls map, check and explain', () => {
  it('map a certificate by its name, and say what a call would use', async () => {
    const text = await user.done(['map', 'client', ...ofBank, '--name', 'm1'])
    expect(text).toMatch(/^url +https:\/\/bank\.example\/token$/m)
    const [certificate] = await certificates()
    expect(await mappings()).toMatchObject([{ name: 'm1', certificationId: String(certificate?.id), enable: true }])
    expect(await user.done(['check', ...ofBank])).toMatch(/^yes: a call presents a certificate\.\n/)
    expect(JSON.parse(await user.done(['check', ...ofBank, '--json']))).toMatchObject([{ doExist: true }])
    const explained = await user.done(['explain', ...ofBank])
    expect(explained).toMatch(/^The call falls under the mapping "m1", .* presents the certificate "client"\.$/m)
    expect(explained).toMatch(/^certificate +client \(\d+\), Available, expires \d{4}-\d\d-\d\d$/m)
  })

  it('say that the gateway does not connect to a target', async () => {
    const there = ['--service-name', 'IDP', '--url', 'https://10.0.0.1/token']
    const why = /^Calls fail with TARGET_ADDRESS_REFUSED: 10\.0\.0\.1:443 .*TARGET_ALLOW_CIDRS\)\.$/m
    const mapped = await user.done(['map', 'client', ...there, '--name', 'private'])
    expect(mapped).toMatch(/^name +private$/m)
    expect(mapped).toMatch(why)
    const checked = await user.mtls(['check', ...there])
    expect(checked).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^no: a call presents none\.\n/),
      stderr: '',
    })
    expect(checked.stdout).toMatch(why)
    expect(await user.done(['explain', ...there])).toMatch(why)
    const refused = { targetAccess: { verdict: 'refused', code: 'TARGET_ADDRESS_REFUSED' } }
    const json = await user.mtls(['check', ...there, '--json'])
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject([{ doExist: true, ...refused }])
    const other = ['--service-name', 'FAAS', '--url', 'https://10.0.0.1/token']
    const saved = await user.done(['map', 'client', ...other, '--name', 'private too', '--json'])
    expect(JSON.parse(saved)).toMatchObject([{ name: 'private too', ...refused }])
  })

  it('say nothing of a target that the gateway may connect to', async () => {
    const there = ['--service-name', 'IDP', '--url', `${target.url}/allowed`]
    expect(await user.done(['map', 'client', ...there, '--name', 'allowed'])).toMatch(/\nenabled +yes\n$/)
    expect(await user.done(['check', ...there])).toBe('yes: a call presents a certificate.\n')
    const checked = JSON.parse(await user.done(['check', ...there, '--json']))
    expect(checked).toMatchObject([{ doExist: true, targetAccess: { verdict: 'allowed', code: null } }])
  })

  it('say that the targets of a pattern of hosts are checked when they are called', async () => {
    const wide = ['--service-name', 'IDP', '--url', 'https://*.bank.example/*']
    const mapped = await user.done(['map', 'client', ...wide, '--name', 'wide'])
    expect(mapped).toMatch(/\n\nThe targets of this pattern are checked when they are called\. .* --url URL\.\n$/)
    const json = await user.done(['map', 'client', ...wide.with(1, 'FAAS'), '--name', 'wide too', '--json'])
    expect(JSON.parse(json)).toMatchObject([{ targetAccess: { verdict: 'unknown', code: null } }])
  })

  it('say no by the exit code of check, and why by explain', async () => {
    const missed = ['--service-name', '1', '--url', 'https://bank.example/token?x=1']
    const no = 'no: a call presents none. mtls explain says why.\n'
    expect(await user.mtls(['check', ...missed])).toEqual({ code: 1, stdout: no, stderr: '' })
    expect(await user.done(['explain', ...missed])).toMatch(
      /^NOT USED.*\nm1 +1 +query +https:\/\/bank\.example\/token$/m,
    )
    expect(JSON.parse(await user.done(['explain', ...missed, '--json']))).toMatchObject({ outcome: 'unmapped' })
  })

  it('map a call so that it fails, where they are told to', async () => {
    const off = ['--service-name', 'IDP', '--url', 'https://bank.example/off/*']
    expect(await user.done(['map', 'client', ...off, '--name', 'off', '--disabled'])).toMatch(/^enabled +no/m)
    const explained = await user.done(['explain', '--service-name', 'IDP', '--url', 'https://bank.example/off/x'])
    expect(explained).toMatch(/^outcome +error: MAPPING_DISABLED$/m)
    expect(explained).toContain('Enable it: mtls mappings enable MAPPING.\n')
  })

  it.each([
    { args: ['map', 'client', ...ofBank, '--name', 'm1'], code: 1, said: /^MAPPING_\w+: / },
    { args: ['map', 'nobody', ...ofBank, '--name', 'm2'], code: 1, said: /has no certificate "nobody"/ },
    { args: ['map', 'client', ...ofBank], code: 2, said: /required option '--name <name>'/ },
    { args: ['check', '--service-name', 'NO', '--url', 'https://a.example/'], code: 1, said: /^UNKNOWN_SERVICE: / },
    {
      args: ['explain', '--service-name', 'IDP', '--url', 'http://a.example/'],
      code: 1,
      said: /^TARGET_URL_NOT_HTTPS: /,
    },
    { args: ['check', ...ofBank, '--account', 'other'], code: 1, said: /^WRONG_ACCOUNT: / },
  ])('say what is wrong: $args', async ({ args, code, said }) => {
    expect(await user.mtls(args)).toMatchObject({ code, stderr: expect.stringMatching(said) })
  })
})

describe('mtls expiring', () => {
  it('lists what ends soon', async () => {
    const notAfter = new Date(Date.now() + 10 * 86_400_000)
    await tenant.saveCertificate('soon', await target.clientCa.issue({ commonName: 'soon', notAfter }))
    expect(await user.done(['expiring'])).toMatch(
      /^ID +NAME .*\n\d+ +soon +Available +\d{4}-\d\d-\d\d +\d+ +0 +never\n$/,
    )
    expect(JSON.parse(await user.done(['expiring', '--within', '5', '--json']))).toEqual([])
    expect(await user.done(['expiring', '--within', '5'])).toBe('No certificate ends within 5 days.\n')
    expect(await user.mtls(['expiring', '--within', 'soon'])).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('the files that were onboarded', () => {
  it('are what a target would see, and no command has shown a secret', async () => {
    const [certificate] = await certificates()
    expect(certificate?.fingerprintSha256).toBe(identity.fingerprintSha256)
    expect(new X509Certificate(identity.certificate).subject).toBe('CN=by-cli')
    expect(leaksOf(secrets, { commands: user.written, services: await system.readOutput() })).toEqual([])
  })
})
