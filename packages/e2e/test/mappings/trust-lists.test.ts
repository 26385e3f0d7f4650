import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { recordFolder, recordPath } from '@mtls-gateway/secret-store'
import { createCa, type MtlsTarget, makePkcs12, startMtlsTarget, type TestCa } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, testPassword } from '../support/tenant.ts'
import type { Mapping } from '../support/wire.ts'

describe('a trust list', () => {
  let clientCa: TestCa
  let serverCa: TestCa
  let otherCa: TestCa
  /** Its CA is a private one. */
  let target: MtlsTarget
  let system: SharedSystem

  beforeAll(async () => {
    ;[clientCa, serverCa, otherCa] = await Promise.all([
      createCa({ name: 'Client CA' }),
      createCa({ name: 'Inner CA' }),
      createCa({ name: 'Other CA' }),
    ])
    const serverIdentity = await serverCa.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
    target = await startMtlsTarget({ serverIdentity, clientCa: clientCa.certificate })
    system = await sharedSystem()
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  async function tenantWith(caCertificates?: string) {
    const tenant = await system.newTenant()
    const identity = await clientCa.issue({ commonName: 'trusting' })
    const { id: certificationId } = await tenant.saveCertificate('c1', identity)
    const api = <T = unknown>(method: string, below: string, body?: unknown, headers?: Record<string, string>) =>
      tenant.api.json<T>(method, tenant.path(below), body, headers)
    const set = (text: string, name = 'inner-ca') => api('PUT', `trusts/${name}`, { caCertificates: text })
    const map = (name: string, targetTrust: object = { trust: 'inner-ca' }) =>
      tenant.map({ certificationId, serviceId: 'IDP', url: `${target.url}/${name}`, name, targetTrust })
    const caller = await tenant.newCaller()
    /** The transport's code of a forward, or its status. */
    const outcome = async (name: string): Promise<unknown> => {
      const { status, headers } = await caller.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/${name}`))
      return headers['lp-error-from-transport'] ?? status
    }
    if (caCertificates !== undefined) expect(await set(caCertificates)).toMatchObject({ status: 200 })
    return { tenant, identity, certificationId, api, set, map, outcome }
  }

  async function storedCas(id: string): Promise<readonly string[]> {
    const store = system.openStore()
    const names = await store.list(recordFolder('chains', parseAccountId(id))).finally(() => store.close())
    return names.filter((name) => name.length === 64)
  }

  const expiryOf = (...cas: readonly TestCa[]) =>
    cas.map(({ certificate }) => new X509Certificate(certificate).validToDate.toISOString()).sort()[0]

  it('is made, shown, listed by name and deleted', async () => {
    const { api, set, map } = await tenantWith()
    const one = await set(serverCa.certificate + otherCa.certificate)
    const certificates = [serverCa, otherCa].map(({ certificate }) => {
      const { subject, fingerprint256, validToDate } = new X509Certificate(certificate)
      return {
        subject,
        notAfter: validToDate.toISOString(),
        fingerprintSha256: fingerprint256.replaceAll(':', '').toLowerCase(),
      }
    })
    const list = { name: 'inner-ca', certificates, expiresAt: expiryOf(serverCa, otherCa), mappings: 0 }
    const caCertificates = serverCa.certificate + otherCa.certificate
    expect(one).toMatchObject({ status: 200, body: { ...list, caCertificates } })
    const shown = await api('GET', 'trusts/inner-ca')
    expect(shown).toMatchObject({ status: 200, body: one.body, headers: { etag: one.headers.etag } })
    await set(otherCa.certificate, 'another-ca')
    await map('mapped')
    const { body } = await api<{ name: string }[]>('GET', 'trusts')
    expect(body).toEqual([expect.objectContaining({ name: 'another-ca' }), { ...list, mappings: 1 }])
    expect(await api('DELETE', 'trusts/another-ca')).toMatchObject({ status: 200, body: { name: 'another-ca' } })
    expectProblem(await api('GET', 'trusts/another-ca'), 404, 'TRUST_NOT_FOUND')
    expectProblem(await api('DELETE', 'trusts/another-ca'), 404, 'TRUST_NOT_FOUND')
  })

  it('lets targets in for all mappings that use it, and keeps them out for all once it is another', async () => {
    const { api, set, map, outcome } = await tenantWith(serverCa.certificate)
    const [first] = await Promise.all([map('a'), map('b', { trust: 'inner-ca', serverName: 'localhost' })])
    expect(first).toMatchObject({ targetTrust: { trust: 'inner-ca' } })
    expect([await outcome('a'), await outcome('b')]).toEqual([200, 200])

    await set(otherCa.certificate)
    for (const name of ['a', 'b']) {
      await eventually(
        () => outcome(name),
        (now) => /^UNABLE_TO_/.test(String(now)),
      )
    }

    await set(serverCa.certificate + otherCa.certificate)
    await eventually(
      () => outcome('a'),
      (now) => now === 200,
    )
    const { body } = await api<Mapping[]>('GET', 'mappings')
    expect(body.map(({ targetTrust }) => targetTrust)).toEqual([
      { trust: 'inner-ca' },
      { trust: 'inner-ca', serverName: 'localhost' },
    ])
    const [audited] = (await api<{ subjects: string[] }[]>('GET', 'audit?action=trusts.*')).body
    expect(audited).toMatchObject({ action: 'trusts.set', subjects: expect.arrayContaining(['inner-ca']) })
  })

  it('that is set again is trusted over new connections, though the target is trusted by it still', async () => {
    const { set, map, outcome } = await tenantWith(serverCa.certificate)
    await map('connected')
    const connection = async () => {
      target.clear()
      expect(await outcome('connected')).toBe(200)
      return target.seen[0]?.socketId
    }
    const before = await connection()
    expect(await connection()).toBe(before)
    await set(serverCa.certificate + otherCa.certificate)
    await eventually(connection, (now) => now !== before)
  })

  it('that is set again fails no call meanwhile, as long as the target is trusted by it', async () => {
    const { set, map, outcome } = await tenantWith(serverCa.certificate)
    await map('busy')
    const outcomes = new Set<unknown>()
    let isOver = false
    const callers = Array.from({ length: 8 }, async () => {
      while (!isOver) outcomes.add(await outcome('busy'))
    })
    const both = serverCa.certificate + otherCa.certificate
    for (let round = 0; round < 5; round++) {
      for (const text of [both, serverCa.certificate]) expect(await set(text)).toMatchObject({ status: 200 })
    }
    isOver = true
    await Promise.all(callers)
    expect(outcomes).toEqual(new Set([200]))
  })

  it('that is set again leaves the certificates of before for a moment, to forwarders whose copy is older', async () => {
    const { tenant, set } = await tenantWith(serverCa.certificate)
    const [before] = await storedCas(tenant.id)
    await set(otherCa.certificate)
    expect(await storedCas(tenant.id)).toEqual(expect.arrayContaining([before, expect.anything()]))
    await eventually(
      () => storedCas(tenant.id),
      (ids) => !ids.includes(before ?? '') && ids.length === 1,
    )
  })

  it('shares its certificates in the store, and takes them along with the last that has them', async () => {
    const { tenant, api, map } = await tenantWith(serverCa.certificate)
    const { id } = await map('own', { caCertificates: serverCa.certificate })
    expect(await storedCas(tenant.id)).toHaveLength(1)
    await api('DELETE', `mappings/${id}`)
    expect(await storedCas(tenant.id)).toHaveLength(1)
    await api('DELETE', 'trusts/inner-ca')
    await eventually(
      () => storedCas(tenant.id),
      (ids) => ids.length === 0,
    )
  })

  it('is kept by clients that put back what they got, and gives way to certificates of the mapping', async () => {
    const { api, map } = await tenantWith(serverCa.certificate)
    const mapping = await map('kept')
    const put = (targetTrust: object) => api('PUT', `mappings/${mapping.id}`, { ...mapping, targetTrust })
    expect(await put({ trust: 'inner-ca' })).toMatchObject({ status: 200, body: mapping })
    expectProblem(await api('DELETE', 'trusts/inner-ca'), 409, 'TRUST_IN_USE')
    const both = { trust: 'inner-ca', caCertificates: serverCa.certificate }
    expectProblem(await put(both), 400, 'TARGET_TRUST_AMBIGUOUS')
    const { body } = await put({ caCertificates: serverCa.certificate })
    expect(body).toMatchObject({ targetTrust: { caCertificates: serverCa.certificate } })
    expect(await api('DELETE', 'trusts/inner-ca')).toMatchObject({ status: 200, body: { mappings: 0 } })
  })

  it('that the store has lost fails the calls of its mappings until it is set again', async () => {
    const { tenant, api, set, map, outcome } = await tenantWith(serverCa.certificate)
    await map('lost')
    const [name = ''] = await storedCas(tenant.id)
    const store = system.openStore()
    await store.purge(recordPath('chains', parseAccountId(tenant.id), parseRecordId(name))).finally(() => store.close())
    expect(await outcome('lost')).toBe('TARGET_TRUST_UNUSABLE')
    expect(await api('GET', 'trusts/inner-ca')).toMatchObject({ status: 200, body: { caCertificates: '' } })
    const explained = await api('POST', 'mappings/explain', { url: `${target.url}/lost` })
    expect(explained).toMatchObject({ status: 200, body: { outcome: 'error', code: 'TARGET_UNREACHABLE' } })
    await set(serverCa.certificate)
    await eventually(
      () => outcome('lost'),
      (now) => now === 200,
    )
  })

  it('is named by what tries a target, too', async () => {
    const { tenant, identity, certificationId, api } = await tenantWith(serverCa.certificate)
    const url = `${target.url}/tried`
    const trial = (trust: string) =>
      api('POST', `certificates/${certificationId}/trial`, { url, targetTrust: { trust } })
    expect(await trial('inner-ca')).toMatchObject({ status: 200, body: { error: null } })
    expectProblem(await trial('none'), 400, 'MAPPING_TRUST_UNKNOWN')

    const activation = (trust: string) =>
      api('POST', `certificates/activate/${certificationId}?isValidateUrlEnabled=true`, {
        ...{ serviceName: 'IDP', url, targetTrust: { trust } },
      })
    expectProblem(await activation('none'), 400, 'MAPPING_TRUST_UNKNOWN')
    expect(await activation('inner-ca')).toMatchObject({ status: 201, body: { targetTrust: { trust: 'inner-ca' } } })

    const file = { fileName: 'test.p12', content: makePkcs12({ identity, password: testPassword }) }
    const test = (trust: string) => {
      const fields = { password: testPassword, targetTrust: JSON.stringify({ trust }) }
      return tenant.api.multipart('POST', tenant.path('p12-test/multipart'), fields, { file }, lp(url))
    }
    expect(await test('inner-ca')).toMatchObject({ status: 200, body: { call: { status: 200, error: null } } })
    expectProblem(await test('none'), 400, 'MAPPING_TRUST_UNKNOWN')
  })

  it.each([
    ['no certificate', 'CA', 422, 'PEM_MALFORMED'],
    [
      '11 certificates',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'.repeat(11),
      400,
      'LIMIT_EXCEEDED',
    ],
    ['a PEM over 256 KiB', 'A'.repeat(262_145), 400, 'LIMIT_EXCEEDED'],
  ])('with %s is refused', async (_, text, status, code) => {
    const { tenant, set } = await tenantWith()
    expect(expectProblem(await set(text), status, code)).toMatchObject({ field: 'caCertificates' })
    expectProblem(await set(serverCa.certificate, 'Inner%20CA'), 400, 'VALIDATION_FAILED')
    expect(await storedCas(tenant.id)).toEqual([])
  })

  it('is changed on a condition, and once for a request that comes twice', async () => {
    const { api, set } = await tenantWith(serverCa.certificate)
    const { headers } = await api('GET', 'trusts/inner-ca')
    await set(otherCa.certificate)
    const again = { caCertificates: serverCa.certificate }
    const late = await api('PUT', 'trusts/inner-ca', again, { 'if-match': String(headers.etag) })
    expectProblem(late, 412, 'PRECONDITION_FAILED')
    const once = { 'idempotency-key': 'once' }
    const made = await api('PUT', 'trusts/inner-ca', again, once)
    expect(await api('PUT', 'trusts/inner-ca', again, once)).toMatchObject({ status: 200, body: made.body })
    await api('DELETE', 'trusts/inner-ca')
    const gone = await api('PUT', 'trusts/inner-ca', again, once)
    expect(gone).toMatchObject({ status: 200, body: { name: 'inner-ca', deleted: true } })
  })
})
