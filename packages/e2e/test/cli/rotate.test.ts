import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, makePkcs12, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { leaksOf } from '../support/leaks.ts'
import { System } from '../support/system.ts'
import { type Tenant, testPassword } from '../support/tenant.ts'
import type { Certificate } from '../support/wire.ts'

let target: TestTarget
let system: System
let first: IssuedCertificate
let next: IssuedCertificate
let strange: IssuedCertificate
let user: CliUser
let tenant: Tenant
let secrets: Record<string, string>

beforeAll(async () => {
  target = await startTestTarget()
  system = await System.start({ targets: [target] })
  first = await target.clientCa.issue({ commonName: 'first' })
  next = await target.clientCa.issue({ commonName: 'next' })
  strange = await (await createCa({ name: 'Strange CA' })).issue({ commonName: 'strange' })
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

/** An account whose certificate is mapped, and a user of it with the next one. */
async function prepare(): Promise<void> {
  tenant = await system.newTenant()
  const login = await loggedIn(system, tenant)
  user = login.user
  secrets = { token: login.token, password: testPassword, next: next.privateKey, strange: strange.privateKey }
  await tenant.onboard(first, `${target.url}/one`)
  await user.file('next.p12', makePkcs12({ identity: next, password: testPassword }))
  await user.file('strange.pem', `${strange.privateKey}${strange.certificate}`)
}

afterEach(() => {
  expect(leaksOf(secrets, { commands: user.written, services: system.output })).toEqual([])
})

const env = { MTLS_PASSWORD: testPassword }

async function presented(): Promise<string> {
  const call = ['forward', '--service-name', 'IDP', '--url', `${target.url}/one`]
  return JSON.parse(await user.done(call)).clientCertificate.commonName
}

const subjectDiffers = [
  'The staged version is not a usual renewal of the version in use:',
  expect.stringMatching(/^DIFFERS +IN USE +STAGED$/),
  expect.stringMatching(/^subject +CN=first +CN=next$/),
  expect.stringMatching(/^It has another subject\. /),
]

describe('mtls rotate', () => {
  beforeEach(prepare)

  it('stages, probes, puts in use and waits until every forwarder presents it', async () => {
    const text = await user.done(['rotate', 'c1', 'next.p12', '--yes', '--wait'], { env })
    expect(text.split('\n')).toEqual([
      'staged: Available',
      ...subjectDiffers,
      'probe: good',
      expect.stringMatching(/^RESULT +STATUS +MAPPINGS +URL$/),
      expect.stringMatching(/^ok +200 +m1 +https:.*\/one$/),
      expect.stringMatching(/^in use: c1, CN=next, expires \d{4}-\d\d-\d\d$/),
      'complete: 1 of 1 forwarders present it',
      '',
    ])
    expect(await presented()).toBe('next')
  })

  it('puts nothing in use that is not a usual renewal, unless --yes says so; a usual one it does not ask about', async () => {
    const refused = await user.mtls(['rotate', 'c1', 'next.p12'], { env })
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Nothing was put in use: .* add --yes\. /),
    })
    expect(refused.stdout.split('\n')).toEqual(['staged: Available', ...subjectDiffers, ''])
    expect(await user.done(['certificates', 'show', 'c1'])).toMatch(/^differs +subject: CN=first -> CN=next$/m)
    const json = await user.mtls(['rotate', 'c1', '--json'])
    expect(json).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^subject +CN=first +CN=next$/m) })
    expect(await presented()).toBe('first')

    const usual = await target.clientCa.issue({
      commonName: 'first',
      notAfter: new Date(Date.now() + 400 * 86_400_000),
    })
    await user.file('usual.pem', `${usual.privateKey}${usual.certificate}`)
    expect(await user.done(['rotate', 'c1', 'usual.pem'])).toMatch(
      /^staged: Available\nprobe: good\n[\s\S]*^in use: c1, /m,
    )
    expect(await user.done(['certificates', 'show', 'c1'])).not.toMatch(/^differs/m)
  })

  it('goes back to the version before, and forth again', async () => {
    await user.done(['rotate', 'c1', 'next.p12', '--yes', '--wait'], { env })
    const back = await user.done(['rotate', 'c1', '--rollback', '--wait'])
    expect(back).toMatch(/^in use: c1, CN=first, expires .*\ncomplete: 1 of 1 forwarders present it\n$/)
    expect(await presented()).toBe('first')
    await user.done(['rotate', 'c1', '--rollback', '--wait'])
    expect(await presented()).toBe('next')
  })

  it('changes nothing where a target refuses the staged version, unless it is forced', async () => {
    const refused = await user.mtls(['rotate', 'c1', 'strange.pem', '--yes'])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Nothing was changed: .* --force\.\n$/) })
    expect(refused.stdout).toMatch(/^probe: failed$/m)
    expect(refused.stdout).toMatch(/^failed .* m1 .*\/one\nhttps:\S+\/one: \w+/m)
    expect(await presented()).toBe('first')
    const { body } = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))
    expect(body).toMatchObject([{ subject: 'CN=first', staged: { lastProbe: { ok: false } } }])
    const saved = await user.done(['upload', 'next.p12', '--replace', 'c1'], { env })
    expect(saved).toMatch(/^probe +failed, \d{4}-\S+Z\n +https:\S+\/one: refused, [A-Z_]+$/m)
    expect(await user.done(['rotate', 'c1', '--force', '--yes'])).toMatch(/^in use: c1, CN=strange, /m)
  })

  it('tries urls that stand for patterns, and prints the answers of its steps with --json', async () => {
    const { body } = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))
    const pattern = { serviceId: 'IDP', url: `${target.url}/all/*`, name: 'pattern' }
    await tenant.map({ ...pattern, certificationId: Number(body[0]?.id) })
    const probed = ['--probe-url', `${target.url}/all/a`, '--probe-url', `${target.url}/all/b`]
    const lines = await user.done(['rotate', 'c1', ...probed, 'next.p12', '--yes', '--wait', '--json'], { env })
    const [staged, probe, promoted, propagation] = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(staged).toMatchObject({ subject: 'CN=first', staged: { status: 'Available' } })
    expect(probe).toMatchObject({ ok: true, results: { length: 3 } })
    expect(promoted).toMatchObject({ subject: 'CN=next' })
    expect(propagation).toMatchObject({ complete: true, instances: [{ current: true }] })
  })

  it('is followed by mtls propagation, which says which forwarders present it', async () => {
    await user.done(['rotate', 'c1', 'next.p12', '--yes'], { env })
    expect(await user.done(['propagation', 'c1', '--wait'])).toMatch(/^complete: 1 of 1 forwarders present it\n/)
    const text = await user.done(['propagation', 'c1'])
    // Without calls a forwarder has no copy, and so no revision.
    expect(text).toMatch(/^FORWARDER +CURRENT +REVISION +SINCE +STARTED\n\S+ +yes +\d{4}-/m)
    expect(JSON.parse(await user.done(['propagation', 'c1', '--json']))).toMatchObject({ complete: true })
  })

  it('goes mapping by mapping with --mapping, and tells which ones are left', async () => {
    const [certificate] = JSON.parse(await user.done(['certificates', 'list', '--json']))
    const url = `${target.url}/two`
    await tenant.map({ certificationId: certificate.id, serviceId: 'IDP', url, name: 'two' })
    // Its owner has not opened it yet: that keeps no other mapping.
    await tenant.map({ certificationId: certificate.id, serviceId: 'IDP', url: 'https://localhost:1/', name: 'down' })
    const some = await user.done(['rotate', 'c1', 'next.p12', '--yes', '--mapping', 'two', '--wait'], { env })
    expect(some).toMatch(/^2 of 3 mappings do not present [0-9a-f]{64}:\nMAPPING +URL +STATE +SINCE +REFUSED BY\n/m)
    expect(some).toMatch(/\/one +tested +\d{4}-/)
    expect(some).toMatch(/ https:\/\/localhost:1\/ +waiting/)
    expect(some).toMatch(/\/two +presents +\d{4}-/)
    expect(await user.done(['certificates', 'show', 'c1'])).toMatch(/^promoted +[0-9a-f]{64}, for 1 of 3 mappings$/m)
    const refused = await user.mtls(['rotate', 'c1', '--yes', '--mapping', 'down'])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('does not work everywhere')])
    expect(await user.done(['propagation', 'c1', '--mapping', 'two'])).toMatch(
      /^complete: 1 of 1 forwarders present it\n/,
    )
    await user.done(['rotate', 'c1', '--rollback', '--mapping', 'two'])
    await user.done(['mappings', 'delete', 'two', '--yes'])
    await user.done(['mappings', 'delete', 'down', '--yes'])
    await user.done(['certificates', 'drop-staged', 'c1', '--yes'])
    expect(await user.mtls(['rotate', 'c1', '--rollback', '--mapping', 'three'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has no mapping "three"/),
    })
  })

  it('tells when a forwarder does not present it in time', async () => {
    await user.done(['rotate', 'c1', 'next.p12', '--yes', '--wait'], { env })
    await system.stopForwarderApi()
    const late = await user.mtls(['rotate', 'c1', '--rollback', '--wait', '--timeout', '1'])
    expect(late).toMatchObject({ code: 1, stdout: expect.stringMatching(/^in use: c1, CN=first, /) })
    expect(late.stderr).toMatch(
      /^It is in use, but not everywhere after 1 s: \d of \d forwarders present it\. .* mtls propagation CERTIFICATE --wait\./,
    )
    const incomplete = await user.mtls(['propagation', 'c1'])
    expect(incomplete).toMatchObject({ code: 1, stdout: expect.stringMatching(/^not complete: /) })
    await system.startForwarderApi()
    await user.done(['rotate', 'c1', '--rollback', '--wait'])
  })
})

describe('mtls rotate, where it changes nothing,', () => {
  beforeAll(prepare)

  it.each([
    { args: ['rotate', 'c1'], code: 1, said: /^STAGED_NOT_FOUND: / },
    { args: ['rotate', 'c1', '--rollback'], code: 1, said: /^PREVIOUS_NOT_FOUND: / },
    { args: ['rotate', 'nobody', 'next.p12'], code: 1, said: /has no certificate "nobody"\. It has "c1"\.$/m },
    { args: ['rotate', 'c1', 'none.p12'], code: 2, said: /^none.p12 can not be read/ },
    { args: ['rotate', 'c1', 'next.p12', '--rollback'], code: 2, said: /^--rollback takes no file/ },
    { args: ['rotate', 'c1', '--key', 'key.pem'], code: 2, said: /go with a file/ },
    { args: ['rotate', 'c1', '--rollback', '--force'], code: 2, said: /cannot be used with option/ },
    { args: ['rotate', 'c1', '--wait', '--timeout', 'long'], code: 2, said: /whole number of seconds/ },
  ])('says what is wrong: $args', async ({ args, code, said }) => {
    expect(await user.mtls(args, { env })).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(said) })
  })
})
