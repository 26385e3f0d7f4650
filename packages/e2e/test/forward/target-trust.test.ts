import { createHash, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { recordFolder, recordPath } from '@mtls-gateway/secret-store'
import {
  createCa,
  type EchoedRequest,
  type IssuedCertificate,
  type MtlsTarget,
  startMtlsTarget,
  type TestCa,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp } from '../support/tenant.ts'
import type { Mapping } from '../support/wire.ts'

interface Trust {
  readonly caCertificates?: string | undefined
  readonly spkiPins?: readonly string[]
  readonly serverName?: string
}
type TrustingMapping = Mapping & { readonly targetTrust?: Trust }

describe('the targetTrust of a mapping', () => {
  let clientCa: TestCa
  let serverCa: TestCa
  let serverIdentity: IssuedCertificate
  /** Neither its CA nor its name is what a caller would expect. */
  let target: MtlsTarget
  let system: SharedSystem
  let otherCa: string

  beforeAll(async () => {
    ;[clientCa, serverCa] = await Promise.all([createCa({ name: 'Client CA' }), createCa({ name: 'Inner CA' })])
    serverIdentity = await serverCa.issue({ commonName: 'inner', dnsNames: ['inner.example'] })
    otherCa = (await createCa()).certificate
    target = await startMtlsTarget({ serverIdentity, clientCa: clientCa.certificate })
    system = await sharedSystem()
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  const whole = (): Trust => ({
    caCertificates: serverCa.certificate,
    spkiPins: [pinOf(serverIdentity.certificate)],
    serverName: 'inner.example',
  })

  async function tenantTrusting(targetTrust?: Trust) {
    const tenant = await system.newTenant()
    const certificate = await tenant.saveCertificate('c1', await clientCa.issue({ commonName: 'trusting' }))
    const url = `${target.url}/trusted`
    const entry = { certificationId: certificate.id, serviceId: 'IDP', url, name: 'm1', targetTrust }
    const mapping: TrustingMapping = await tenant.map(entry)
    const caller = await tenant.newCaller()
    const forward = (to = url) => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(to))
    const put = (change: object) =>
      tenant.api.json<TrustingMapping>('PUT', tenant.path(`mappings/${mapping.id}`), { ...mapping, ...change })
    const exists = async () => {
      const entries = [{ serviceName: 'IDP', accountId: tenant.id, url }]
      return (await caller.json<{ doExist: boolean }[]>('POST', '/mtls/mapping?v=2', entries)).body[0]?.doExist
    }
    return { tenant, mapping, forward, put, exists }
  }

  /** The transport's code of a forward, or its status. */
  async function outcome({ forward }: Pick<Awaited<ReturnType<typeof tenantTrusting>>, 'forward'>): Promise<unknown> {
    const { status, headers } = await forward()
    return headers['lp-error-from-transport'] ?? status
  }

  it('lets a target in that only the mapping knows, by CA, pin and server name', async () => {
    const { forward } = await tenantTrusting(whole())
    expect(await forward()).toMatchObject({ status: 200, body: { url: '/trusted', clientCertificate: {} } })
  })

  it('is for the calls of its mapping alone', async () => {
    const trusting = await tenantTrusting(whole())
    const unmapped = await trusting.forward(`${target.url}/other`)
    expect(unmapped).toMatchObject({ status: 424, headers: { 'lp-error-from-transport': expect.any(String) } })
    expect(await outcome(await tenantTrusting())).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  })

  it.each([
    ['another CA', () => ({ caCertificates: otherCa }), /^UNABLE_TO_(GET_ISSUER_CERT|VERIFY)/],
    ['another pin', () => ({ spkiPins: [pinOf(otherCa)] }), /^TARGET_PIN_MISMATCH$/],
    ['another name', () => ({ serverName: 'outer.example' }), /^ERR_TLS_CERT_ALTNAME_INVALID$/],
    ['no CA', () => ({ caCertificates: undefined }), /^UNABLE_TO_VERIFY_LEAF_SIGNATURE$/],
  ])('keeps the same target out by %s, with nothing sent', async (_, change, code) => {
    target.clear()
    expect(await outcome(await tenantTrusting({ ...whole(), ...change() }))).toMatch(code)
    expect(target.seen).toEqual([])
  })

  it('is in the mapping as it was given, may be put back, and is kept by an update that leaves it out', async () => {
    const { tenant, mapping, put } = await tenantTrusting(whole())
    const wanted = { ...whole(), caCertificates: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/) }
    expect(mapping.targetTrust).toEqual(wanted)
    expect(normalised(mapping.targetTrust?.caCertificates)).toBe(normalised(serverCa.certificate))
    const list = await tenant.api.json('GET', tenant.path('mappings'))
    expect(list.body).toEqual([mapping])
    expect(await put({})).toMatchObject({ status: 200, body: { targetTrust: mapping.targetTrust } })
    expect(await put({ targetTrust: undefined })).toMatchObject({ body: { targetTrust: mapping.targetTrust } })
    expect(await storedChains(tenant.id)).toHaveLength(2)
  })

  it('is followed by calls as soon as it changes, and is as for any other target once it is null', async () => {
    const trusting = await tenantTrusting({ ...whole(), caCertificates: otherCa })
    expect(await outcome(trusting)).not.toBe(200)
    await trusting.put({ targetTrust: whole() })
    await eventually(
      () => outcome(trusting),
      (now) => now === 200,
    )
    const removed = await trusting.put({ targetTrust: null })
    expect(removed.body).not.toHaveProperty('targetTrust')
    await eventually(
      () => outcome(trusting),
      (now) => now === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    )
  })

  it('shares the stored certificates with other mappings, and takes them along with the last one', async () => {
    const { tenant, mapping } = await tenantTrusting(whole())
    const second: TrustingMapping = await tenant.map({
      certificationId: mapping.certificationId,
      serviceId: 'FAAS',
      url: mapping.url,
      name: 'm2',
      ...{ targetTrust: { caCertificates: serverCa.certificate } },
    })
    expect(await storedChains(tenant.id)).toHaveLength(2)
    const first = await tenant.api.json('DELETE', tenant.path(`mappings/${mapping.id}`))
    expect(first).toMatchObject({ status: 200, body: { targetTrust: mapping.targetTrust } })
    expect(await storedChains(tenant.id)).toHaveLength(2)
    const last = await tenant.api.json('PUT', tenant.path('mappings'), [{ ...second, deleted: true }])
    expect(last).toMatchObject({ status: 200, body: [{ deleted: true, targetTrust: second.targetTrust }] })
    await eventually(
      () => storedChains(tenant.id),
      (ids) => ids.length === 1,
    )
  })

  it('leaves nothing in the store when the mapping is refused', async () => {
    const { tenant, mapping } = await tenantTrusting()
    const body = [{ ...mapping, id: undefined, name: 'again', targetTrust: whole() }]
    expectProblem(await tenant.api.json('POST', tenant.path('mappings'), body), 409, 'MAPPING_ALREADY_EXISTS')
    expect(await storedChains(tenant.id)).toHaveLength(1)
  })

  it('whose certificates the store has lost is an error and no plain call, until they are put again', async () => {
    const trusting = await tenantTrusting(whole())
    await forgetCaCertificates(trusting.tenant.id)
    expect(await outcome(trusting)).toBe('TARGET_TRUST_UNUSABLE')
    expect(await trusting.exists()).toBe(false)
    const shown = await trusting.tenant.api.json<TrustingMapping[]>('GET', trusting.tenant.path('mappings'))
    expect(shown.body[0]?.targetTrust).toEqual({ ...whole(), caCertificates: '' })
    expectProblem(await trusting.put(shown.body[0] ?? {}), 422, 'PEM_MALFORMED')
    expect(await trusting.put({})).toMatchObject({ status: 200 })
    await eventually(
      () => outcome(trusting),
      (now) => now === 200,
    )
    expect(await trusting.exists()).toBe(true)
  })

  it.each([
    ['no certificate', { caCertificates: 'CA' }, 422, 'PEM_MALFORMED'],
    ['a damaged certificate', { caCertificates: pem('AAAA') }, 422, 'PEM_MALFORMED'],
    ['something beside certificates', { caCertificates: pem('AAAA', 'PRIVATE KEY') }, 422, 'PEM_MALFORMED'],
    ['11 certificates', { caCertificates: pem('AAAA').repeat(11) }, 400, 'LIMIT_EXCEEDED'],
    ['a PEM over 256 KiB', { caCertificates: 'A'.repeat(262_145) }, 400, 'LIMIT_EXCEEDED'],
    ['a pin of another hash', { spkiPins: ['sha1/AAAA'] }, 400, 'VALIDATION_FAILED'],
    ['11 pins', { spkiPins: Array.from({ length: 11 }, (_, n) => pinText(String(n))) }, 400, 'LIMIT_EXCEEDED'],
    ['an address as server name', { serverName: '127.0.0.1' }, 400, 'VALIDATION_FAILED'],
    ['a field that is misspelt', { spkiPin: ['x'], serverName: 'a.example' }, 400, 'VALIDATION_FAILED'],
    ['nothing', {}, 400, 'TARGET_TRUST_EMPTY'],
  ])('with %s is refused', async (_, targetTrust, status, code) => {
    const { tenant, mapping } = await tenantTrusting()
    const body = [{ ...mapping, targetTrust }]
    const refused = await tenant.api.json('PUT', tenant.path('mappings'), body)
    expect(JSON.stringify(expectProblem(refused, status, code))).toContain('targetTrust')
  })

  async function storedChains(id: string): Promise<readonly string[]> {
    const store = system.openStore()
    return store.list(recordFolder('chains', parseAccountId(id))).finally(() => store.close())
  }

  async function forgetCaCertificates(id: string): Promise<void> {
    const account = parseAccountId(id)
    const isTrust = (name: string) => name.length === 64
    const [name = '', ...others] = (await storedChains(id)).filter(isTrust)
    expect(others).toEqual([])
    const store = system.openStore()
    await store.purge(recordPath('chains', account, parseRecordId(name))).finally(() => store.close())
  }
})

function pinOf(certificate: string): string {
  const spki = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return `sha256/${createHash('sha256').update(spki).digest('base64')}`
}

function pinText(text: string): string {
  return `sha256/${createHash('sha256').update(text).digest('base64')}`
}

function pem(body: string, label = 'CERTIFICATE'): string {
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`
}

function normalised(text = ''): string {
  return text.replace(/\s+/g, '')
}
