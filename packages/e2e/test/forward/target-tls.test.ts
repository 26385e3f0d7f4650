import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  createCa,
  freePort,
  type IssuedCertificate,
  type MtlsTarget,
  makePkcs12,
  startMtlsTarget,
  type TestCa,
  takesConnections,
  withTools,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { Rotation } from '../support/rotation.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, mustBe } from '../support/tenant.ts'
import type { Mapping, Probe, TestReport, Trial } from '../support/wire.ts'

let clientCa: TestCa
let serverCa: TestCa
let serverIdentity: IssuedCertificate
/** It speaks TLS 1.2 and nothing else. */
let oldTarget: MtlsTarget
let system: SharedSystem

beforeAll(async () => {
  ;[clientCa, serverCa] = await Promise.all([createCa({ name: 'Client CA' }), createCa({ name: 'Server CA' })])
  serverIdentity = await serverCa.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  oldTarget = await startMtlsTarget({ serverIdentity, clientCa: clientCa.certificate, maxVersion: 'TLSv1.2' })
  system = await sharedSystem()
})

afterAll(async () => {
  await system?.stop()
  await oldTarget?.close()
})

const whole = {
  minVersion: '1.2',
  maxVersion: '1.2',
  legacyRenegotiation: true,
  ciphers: ['ECDHE-ECDSA-AES128-GCM-SHA256'],
  groups: ['X25519', 'P-256'],
} as const

async function tenantCalling(url: string, targetTls?: object) {
  const tenant = await system.newTenant()
  const identity = await clientCa.issue({ commonName: 'calling' })
  const certificate = await tenant.saveCertificate('c1', identity)
  const targetTrust = { caCertificates: serverCa.certificate }
  const entry = { certificationId: certificate.id, serviceId: 'IDP', url, name: 'm1', targetTrust, targetTls }
  const mapping: Mapping = await tenant.map(entry)
  const caller = await tenant.newCaller()
  const forward = () => caller.json<{ detail?: string }>('GET', tenant.forwardPath, undefined, lp(url))
  const put = (change: object) =>
    tenant.api.json<Mapping>('PUT', tenant.path(`mappings/${mapping.id}`), { id: mapping.id, ...change })
  /** The transport's code of a forward, or its status. */
  const outcome = async () => {
    const { status, headers } = await forward()
    return headers['lp-error-from-transport'] ?? status
  }
  const post = <T>(path: string, body: object) =>
    tenant.api.json<T>('POST', tenant.path(`certificates/${certificate.id}/${path}`), body)
  const tested = (tls?: object) =>
    tenant.api.multipart<TestReport>(
      'POST',
      tenant.path('p12-test/multipart'),
      {
        ...{ password: 'secret', targetTrust: JSON.stringify(targetTrust) },
        ...(tls && { targetTls: JSON.stringify(tls) }),
      },
      { file: { fileName: 'c.p12', content: makePkcs12({ identity, password: 'secret' }) } },
      { 'LP-forward-url': url },
    )
  return { tenant, mapping, certificate, targetTrust, put, forward, outcome, post, tested, identity }
}

describe('the targetTls of a mapping', () => {
  it('is in the mapping as it was given, kept by an update without it, removed by null, and in the audit', async () => {
    const { tenant, mapping, put } = await tenantCalling(`${oldTarget.url}/shown`, whole)
    expect(mapping.targetTls).toEqual(whole)
    expect((await tenant.api.json('GET', tenant.path('mappings'))).body).toEqual([mapping])
    expect(await put({ name: 'm2' })).toMatchObject({ body: { targetTls: whole } })
    expect(await put({ targetTls: { maxVersion: '1.2' } })).toMatchObject({
      body: { targetTls: { maxVersion: '1.2' } },
    })
    expect((await put({ targetTls: null })).body).not.toHaveProperty('targetTls')
    const audit = await tenant.api.json<{ fields: string[] }[]>('GET', tenant.path('audit?action=mappings.update'))
    expect(audit.body.map(({ fields }) => fields)).toEqual([['targetTls'], ['targetTls'], ['name']])
  })

  it('is followed by calls as soon as it changes, and by those of its mapping alone', async () => {
    const url = `${oldTarget.url}/followed`
    const { tenant, certificate, targetTrust, put, outcome } = await tenantCalling(url, { minVersion: '1.3' })
    await tenant.map({ certificationId: certificate.id, serviceId: 'FAAS', url, name: 'other', targetTrust })
    const caller = await tenant.newCaller()
    const calls = async () => [
      await outcome(),
      (await caller.json('GET', tenant.forwardPath, undefined, { ...lp(url), 'LP-service-name': 'FAAS' })).status,
    ]
    expect(await calls()).toEqual(['TARGET_TLS_VERSION_UNSUPPORTED', 200])
    expect(await calls()).toEqual(['TARGET_TLS_VERSION_UNSUPPORTED', 200])
    mustBe(200, await put({ targetTls: whole }))
    await eventually(
      () => outcome(),
      (now) => now === 200,
    )
    // Alike but for these settings, they have called over connections of their own.
    const own = oldTarget.seen.filter((seen) => seen.url === '/followed').map(({ socketId }) => socketId)
    expect(new Set(own).size).toBe(2)
    mustBe(200, await put({ targetTls: { minVersion: '1.3' } }))
    await eventually(
      () => outcome(),
      (now) => now === 'TARGET_TLS_VERSION_UNSUPPORTED',
    )
  })

  it('is what a trial, a probe, an activation and the key tester offer', async () => {
    const url = `${oldTarget.url}/offered`
    const { tenant, certificate, mapping, targetTrust, put, post, tested } = await tenantCalling(url, {
      minVersion: '1.3',
    })
    const refusal = { code: 'TARGET_TLS_VERSION_UNSUPPORTED', message: expect.stringContaining('only TLS 1.3') }
    const trial = async (more: object = {}) => (await post<Trial>('trial', { url, ...more })).body
    expect(await trial()).toMatchObject({ error: refusal })
    expect(await trial({ targetTls: null })).toMatchObject({ error: null, handshake: { protocol: 'TLSv1.2' } })
    expect(await trial({ targetTls: whole, targetTrust })).toMatchObject({
      handshake: { cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    })
    mustBe(201, await new Rotation(tenant, certificate.id).stage(await clientCa.issue({ commonName: 'next' })))
    const probe = async () => (await post<Probe>('staged/probe', {})).body
    expect(await probe()).toMatchObject({ ok: false, results: [{ error: refusal }] })

    const activate = (more: object = {}) =>
      tenant.api.json<Mapping>(
        'POST',
        tenant.path(`certificates/activate/${certificate.id}?isValidateUrlEnabled=true`),
        { serviceName: 'IDP', url, ...more },
      )
    expectProblem(await activate(), 424, 'URL_VALIDATION_FAILED')
    expect(await activate({ targetTls: { maxVersion: '1.2' } })).toMatchObject({
      status: 201,
      body: { id: mapping.id, targetTls: { maxVersion: '1.2' } },
    })
    expect(await probe()).toMatchObject({ ok: true })
    mustBe(200, await put({ enable: false }))

    expect((await tested({ minVersion: '1.3' })).body.call).toMatchObject({ error: refusal })
    expect((await tested({ maxVersion: '1.2' })).body.call).toMatchObject({ status: 200, error: null })
    const refused = await tested({ ciphers: ['ALL'] })
    expect(expectProblem(refused, 400, 'TARGET_TLS_INVALID')).toMatchObject({ field: 'targetTls.ciphers.0' })
    const ca = await tenant.api.json('POST', tenant.path('target-ca'), { url, targetTls: { minVersion: '1.3' } })
    expect(ca.body).toMatchObject({ result: 'failed', error: refusal })
  })

  it.each<[string, object, string, string?]>([
    ['an old version', { minVersion: '1.1' }, '0.targetTls.minVersion', 'VALIDATION_FAILED'],
    ['a field that is misspelt', { maxversion: '1.2' }, 'maxversion', 'VALIDATION_FAILED'],
    ['nothing', {}, 'targetTls'],
    ['a range that is empty', { minVersion: '1.3', maxVersion: '1.2' }, 'targetTls.minVersion'],
    ['an operator of OpenSSL', { ciphers: ['ALL:@SECLEVEL=0'] }, 'targetTls.ciphers.0'],
    ['a group that there is none of', { groups: ['P-256', 'P-257'] }, 'targetTls.groups.1'],
  ])('with %s is refused, by the path of the field', async (_, targetTls, field, code = 'TARGET_TLS_INVALID') => {
    const { tenant, mapping } = await tenantCalling(`${oldTarget.url}/refused`)
    const refused = await tenant.api.json('PUT', tenant.path('mappings'), [{ ...mapping, targetTls }])
    expect(JSON.stringify(expectProblem(refused, 400, code))).toContain(field)
  })
})

withTools(describe, 'gnutls-serv')('a target without secure renegotiation (RFC 5746)', () => {
  it('is called once what the 424 and the key tester suggest is followed', async () => {
    const server = await startGnutlsServer()
    try {
      const { put, forward, outcome, tested } = await tenantCalling(server.url)
      const refused = expectProblem(await forward(), 424, 'TARGET_UNREACHABLE')
      expect(refused).toMatchObject({ transportCode: 'TARGET_LEGACY_RENEGOTIATION' })
      const [, field = '', value] = /targetTls\.(\w+): (true)/.exec(String(refused.detail)) ?? []
      const targetTls = { [field]: value === 'true' }
      const call = (await tested()).body.call
      expect(call?.error?.message).toContain(`targetTls.${field}: ${value}`)
      expect((await tested(targetTls)).body.call).toMatchObject({ status: 200, error: null })
      mustBe(200, await put({ targetTls }))
      await eventually(
        () => outcome(),
        (now) => now === 200,
      )
    } finally {
      await server.close()
    }
  })

  /** GnuTLS can be told to do without it; no current OpenSSL can. */
  async function startGnutlsServer() {
    const port = await freePort()
    const files = { '--x509certfile': serverIdentity.certificate, '--x509keyfile': serverIdentity.privateKey }
    const written = Object.entries(files).map(async ([option, pem]) => {
      const path = join(system.directory, `${port}${option}.pem`)
      await writeFile(path, pem)
      return [option, path]
    })
    const priority = 'NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION'
    const args = ['--http', '--port', String(port), '--priority', priority, ...(await Promise.all(written)).flat()]
    const server = spawn('gnutls-serv', args, { stdio: 'ignore' })
    const closed = once(server, 'close')
    while (!(await takesConnections(port))) await setTimeout(25)
    const close = async () => {
      server.kill('SIGTERM')
      await closed
    }
    return { url: `https://localhost:${port}`, close }
  }
})
