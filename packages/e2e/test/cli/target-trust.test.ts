import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type MtlsTarget, makePkcs12, startMtlsTarget, type TestCa } from '@mtls-gateway/test-kit'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { type Tenant, testPassword } from '../support/tenant.ts'
import type { Mapping } from '../support/wire.ts'

/** Neither its CA nor its name is what a caller would expect. */
let target: MtlsTarget
let serverCa: TestCa
let clientCaOfTargets: TestCa
let system: SharedSystem
let tenant: Tenant
let user: CliUser

beforeAll(async () => {
  const [clientCa, ca] = await Promise.all([createCa({ name: 'Client CA' }), createCa({ name: 'Inner CA' })])
  serverCa = ca
  clientCaOfTargets = clientCa
  const serverIdentity = await serverCa.issue({ commonName: 'inner', dnsNames: ['inner.example'] })
  target = await startMtlsTarget({ serverIdentity, clientCa: clientCa.certificate })
  system = await sharedSystem()
  tenant = await system.newTenant()
  user = (await loggedIn(system, tenant)).user
  const identity = await clientCa.issue({ commonName: 'c1' })
  await tenant.saveCertificate('c1', identity)
  await user.file('c1.p12', makePkcs12({ identity, password: testPassword }))
  await user.file('inner-ca.pem', serverCa.certificate)
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const pin = `sha256/${'A'.repeat(43)}=`
const trust = ['--target-trust', 'inner-ca.pem', '--target-server-name', 'inner.example']
const onTarget = (path: string) => ['--service-name', 'IDP', '--url', target.url + path]
const mapping = async () => (await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body[0]

describe('mtls test', () => {
  it('calls a target that is trusted by its own CA', async () => {
    const env = { MTLS_PASSWORD: testPassword }
    const call = ['test', 'c1.p12', '--url', `${target.url}/tested`]
    const untrusted = await user.mtls(call, { env })
    expect(untrusted).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/mtls target-ca URL --pem > FILE, then --target-trust FILE\.$/m),
    })
    expect(await user.done([...call, ...trust], { env })).toMatch(/^answer +200$/m)
    const alone = await user.mtls(['test', 'c1.p12', ...trust], { env })
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('give --url, too') })
  })
})

describe('mtls try', () => {
  it('calls a target with a stored certificate, and draws it as mtls test does', async () => {
    const url = `${target.url}/tried`
    const untrusted = await user.mtls(['try', 'c1', url])
    expect(untrusted).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^error +\S+: [\s\S]*mtls target-ca URL --pem > FILE, then --target-trust FILE\.$/m,
      ),
    })
    const text = await user.done(['try', 'c1', url, ...trust])
    expect(text).toMatch(
      /^call +https:\S+\/tried\nhandshake +TLSv1\.3\ncertificate +asked for\nanswer +200\nverdict +accepted: /,
    )
    const trial = JSON.parse(await user.done(['try', 'c1', url, ...trust, '--method', 'GET', '--json']))
    expect(trial).toMatchObject({ status: 200, clientCertificate: 'accepted', error: null })
    const staged = await user.mtls(['try', 'c1', url, '--staged'])
    expect(staged).toMatchObject({ code: 1, stderr: expect.stringMatching(/^STAGED_NOT_FOUND: [\s\S]*mtls rotate/) })
    expect(await mapping()).toBeUndefined()
  })
})

describe('mtls map and mappings edit', () => {
  it('say how the target of a mapping is trusted', async () => {
    const text = await user.done(['map', 'c1', ...onTarget('/a'), '--name', 'm1', ...trust])
    expect(text).toMatch(/^target +CAs of its own; server name inner\.example$/m)
    expect(JSON.parse(await user.done(['forward', ...onTarget('/a')]))).toMatchObject({
      clientCertificate: { commonName: 'c1' },
    })
    const pinned = await user.done(['mappings', 'edit', 'm1', ...trust, '--target-pin', pin])
    expect(pinned).toContain(`; pins ${pin}; `)
    expect((await mapping())?.targetTrust).toMatchObject({ spkiPins: [pin], serverName: 'inner.example' })
    await user.done(['mappings', 'edit', 'm1', '--name', 'renamed'])
    expect((await mapping())?.targetTrust).toMatchObject({ spkiPins: [pin] })
    expect(await user.done(['mappings', 'edit', 'renamed', '--remove-target-trust'])).not.toMatch(/^target/m)
    expect(await mapping()).not.toHaveProperty('targetTrust')
    const untrusted = await user.mtls(['forward', ...onTarget('/a')])
    expect(untrusted.stderr).toMatch(/^To look at that CA and trust it: mtls target-ca --mapping MAPPING\./m)
  })

  it.each([
    { args: ['--target-trust', 'none.pem'], code: 2, said: /^none\.pem can not be read/ },
    { args: ['--target-trust', 'c1.p12'], code: 1, said: /^PEM_MALFORMED: / },
    { args: ['--target-pin', 'sha1/x'], code: 1, said: /^VALIDATION_FAILED: .*A pin is / },
    { args: [...trust, '--remove-target-trust'], code: 2, said: /cannot be used with option/ },
  ])('say what is wrong: $args', async ({ args, code, said }) => {
    await user.mtls(['map', 'c1', ...onTarget('/wrong'), '--name', 'wrong'])
    const edited = await user.mtls(['mappings', 'edit', 'wrong', ...args])
    expect(edited).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(said) })
  })
})

describe('mtls trusts', () => {
  it('sets, shows, lists and deletes trust lists, by which mappings trust their targets', async () => {
    expect(await user.done(['trusts', 'list'])).toBe('There is no trust list.\n')
    const { fingerprint256, validTo } = new X509Certificate(serverCa.certificate)
    const day = new Date(validTo).toISOString().slice(0, 10)
    const text = await user.done(['trusts', 'set', 'inner-ca', 'inner-ca.pem'])
    expect(text).toBe(
      `name      inner-ca\nmappings  0\nca        CN=Inner CA, until ${day}\nsha-256   ${fingerprint256.replaceAll(':', '').toLowerCase()}\n`,
    )
    const byList = ['--trust', 'inner-ca', '--target-server-name', 'inner.example']
    const mapped = await user.done(['map', 'c1', ...onTarget('/list'), '--name', 'list', ...byList])
    expect(mapped).toMatch(/^target +CAs of the trust list inner-ca; server name inner\.example$/m)
    expect(JSON.parse(await user.done(['forward', ...onTarget('/list')]))).toMatchObject({
      clientCertificate: { commonName: 'c1' },
    })
    expect(await user.done(['trusts', 'list'])).toMatch(new RegExp(`^inner-ca +${day} +1 +CN=Inner CA$`, 'm'))
    expect(await user.done(['trusts', 'show', 'inner-ca', '--pem'])).toBe(serverCa.certificate)
    expect(await user.mtls(['trusts', 'delete', 'inner-ca', '--yes'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^TRUST_IN_USE: [\s\S]*mtls mappings edit MAPPING --trust OTHER/),
    })
    const both = await user.mtls(['mappings', 'edit', 'list', '--trust', 'inner-ca', '--target-trust', 'inner-ca.pem'])
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be used with option') })
    const unknown = await user.mtls(['mappings', 'edit', 'list', '--trust', 'none'])
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^MAPPING_TRUST_UNKNOWN: [\s\S]*mtls trusts set/),
    })
    await user.done(['mappings', 'edit', 'list', '--remove-target-trust'])
    expect(await user.done(['trusts', 'delete', 'inner-ca', '--yes'])).toBe('Deleted the trust list "inner-ca".\n')
  })
})

describe('what is offered to a target', () => {
  it('is said by map, mappings edit, activate, try and test, and a refusal says by which option', async () => {
    const offering = [
      '--tls-min',
      '1.2',
      '--tls-max',
      '1.3',
      '--tls-groups',
      'X25519, P-256',
      '--tls-legacy-renegotiation',
    ]
    const text = await user.done(['map', 'c1', ...onTarget('/tls'), '--name', 'tls', ...trust, ...offering])
    expect(text).toMatch(/^TLS +at least 1\.2; at most 1\.3; legacy renegotiation; groups X25519, P-256$/m)
    const edited = await user.done(['mappings', 'edit', 'tls', '--tls-ciphers', 'AES128-SHA,AES256-SHA'])
    expect(edited).toMatch(/^TLS +ciphers AES128-SHA, AES256-SHA$/m)
    const refused = await user.mtls(['forward', ...onTarget('/tls')])
    expect(refused.stderr).toMatch(/^To change what is offered: mtls mappings edit MAPPING with --tls-min, /m)
    const tried = await user.mtls(['try', 'c1', `${target.url}/tls`, ...trust])
    expect(tried.stdout).toMatch(/To change what is offered: --tls-min, --tls-max, --tls-ciphers, --tls-groups\.$/m)
    await user.done(['try', 'c1', `${target.url}/tls`, '--tls-max', '1.3'])
    expect(await user.done(['activate', 'c1', ...onTarget('/tls'), '--tls-max', '1.2'])).toMatch(/^TLS +at most 1\.2$/m)
    expect(await user.done(['mappings', 'edit', 'tls', '--remove-target-tls'])).not.toMatch(/^TLS/m)
    const env = { MTLS_PASSWORD: testPassword }
    const tested = await user.done(
      ['test', 'c1.p12', '--url', `${target.url}/tls`, ...trust, '--tls-max', '1.2', '--json'],
      { env },
    )
    expect(JSON.parse(tested)).toMatchObject({ call: { handshake: { protocol: 'TLSv1.2' } } })
    const wrong = await user.mtls(['mappings', 'edit', 'tls', '--tls-groups', 'P-257'])
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/^TARGET_TLS_INVALID: .*There are: X25519/) })
  })
})

describe('mtls target-ca', () => {
  let sending: MtlsTarget
  let fingerprint: string
  const fetching = (...args: readonly string[]) => ['target-ca', ...args, '--target-server-name', 'inner.example']

  beforeAll(async () => {
    const identity = await serverCa.issue({ commonName: 'inner', dnsNames: ['inner.example'] })
    // What a target leaves out is the last of the chain: here, nothing.
    const serverIdentity = { ...identity, chain: [...identity.chain, ''] }
    sending = await startMtlsTarget({ serverIdentity, clientCa: clientCaOfTargets.certificate })
    fingerprint = new X509Certificate(serverCa.certificate).fingerprint256
  })
  afterAll(() => sending?.close())

  it('shows the CA and its fingerprint, and what to ask for where the target sends none', async () => {
    const text = await user.done(fetching(`${sending.url}/ca`))
    expect(text).toMatch(/^sent +CN=inner < CN=Inner CA\nca +CN=Inner CA\nvalid +20\S+ to 20\S+$/m)
    expect(text).toMatch(new RegExp(`^sha-256 +${fingerprint}$`, 'm'))
    const missing = await user.mtls(fetching(`${target.url}/ca`))
    expect(missing).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Ask the target’s owner for the certificate of "CN=Inner CA" as PEM'),
    })
  })

  it('trusts a CA for a mapping only with its fingerprint, and keeps what else the mapping says', async () => {
    const calls = ['--service-name', 'IDP', '--url', `${sending.url}/mapped`]
    await user.done(['map', 'c1', ...calls, '--name', 'fetched', '--target-server-name', 'inner.example'])
    const shown = async () => JSON.parse(await user.done(['mappings', 'show', 'fetched', '--json']))
    const trusting = ['target-ca', '--mapping', 'fetched']
    const unasked = await user.mtls(trusting)
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('--fingerprint SHA256') })
    const other = await user.mtls([...trusting, '--fingerprint', fingerprint.replace(/^../, '00')])
    expect(other).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('another fingerprint') })
    expect((await shown()).targetTrust).toEqual({ serverName: 'inner.example' })

    expect(await user.done([...trusting, '--fingerprint', fingerprint])).toMatch(/^target +CAs of its own/m)
    expect((await shown()).targetTrust).toEqual({
      caCertificates: serverCa.certificate,
      serverName: 'inner.example',
    })
    expect(JSON.parse(await user.done(['forward', ...calls]))).toMatchObject({
      clientCertificate: { commonName: 'c1' },
    })
  })

  it('takes the place of the trust list that the mapping has used', async () => {
    await user.done(['trusts', 'set', 'fetched-ca', 'inner-ca.pem'])
    const calls = ['--service-name', 'IDP', '--url', `${sending.url}/listed`, '--trust', 'fetched-ca']
    await user.done(['map', 'c1', ...calls, '--name', 'listed', '--target-server-name', 'inner.example'])
    const text = await user.done(['target-ca', '--mapping', 'listed', '--fingerprint', fingerprint])
    expect(text).toMatch(/^target +CAs of its own; server name inner\.example$/m)
  })

  it('prints the PEM for other commands, and nothing where there is none', async () => {
    const pem = await user.done([...fetching(sending.url), '--pem', '--fingerprint', fingerprint.toLowerCase()])
    expect(pem.trim()).toBe(serverCa.certificate.trim())
    const none = await user.mtls([...fetching(target.url), '--pem', '--fingerprint', fingerprint])
    expect(none).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Ask the target’s owner') })
    const nowhere = await user.mtls(['target-ca'])
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('Give its url, or --mapping') })
  })
})
