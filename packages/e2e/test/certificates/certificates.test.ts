import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { CertificateDetails } from '@mtls-gateway/contract'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { recordFolder, recordPath } from '@mtls-gateway/secret-store'
import { createCa, type IssuedCertificate, makePkcs12, type TestCa } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { certificateEntry, testPassword } from '../support/tenant.ts'
import type { Certificate, Requested, SaveResult } from '../support/wire.ts'

let ca: TestCa
let system: SharedSystem

beforeAll(async () => {
  ca = await createCa({ name: 'Brand CA' })
  system = await sharedSystem()
})

afterAll(() => system?.stop())

const issue = (commonName: string): Promise<IssuedCertificate> => ca.issue({ commonName })
const hex = (fingerprint: string) => fingerprint.replaceAll(':', '').toLowerCase()

describe('a stored certificate', () => {
  it('is answered, listed and got with the fields of the contract', async () => {
    const tenant = await system.newTenant()
    const identity = await issue('fields')
    const { id } = await tenant.saveCertificate('c1', identity)
    const leaf = new X509Certificate(identity.certificate)
    const expected = {
      id,
      deleted: false,
      name: 'c1',
      displayName: 'c1',
      siteId: tenant.id,
      status: 'Available',
      expirationDate: leaf.validToDate.toISOString(),
      notBefore: leaf.validFromDate.toISOString(),
      keyType: 'EC-P256',
      subject: expect.stringContaining('fields'),
      issuer: expect.stringContaining('Brand CA'),
      serialNumber: expect.stringMatching(/\w+/),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    }
    const one = await tenant.api.json<Certificate>('GET', tenant.path(`certificates/${id}`))
    const list = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))
    expect(one).toMatchObject({ status: 200, body: expected })
    expect(hex(one.body.fingerprintSha256)).toBe(identity.fingerprintSha256)
    expect(list).toMatchObject({ status: 200, body: [expected] })
    expect(Number.isSafeInteger(id)).toBe(true)
  })

  it('has an id of its own and is not seen from another account', async () => {
    const [mine, other] = [await system.newTenant(), await system.newTenant()]
    const { id } = await mine.saveCertificate('c1', await issue('mine'))
    expectProblem(await other.api.json('GET', other.path(`certificates/${id}`)), 404, 'CERTIFICATE_NOT_FOUND')
    expect((await other.api.json('GET', other.path('certificates'))).body).toEqual([])
  })

  it('is found by whether it may authenticate a client: what stops working when public CAs leave that out', async () => {
    const tenant = await system.newTenant()
    const usages = { both: ['clientAuth', 'serverAuth'], server: ['serverAuth'], free: [] } as const
    for (const [name, extendedKeyUsage] of Object.entries(usages)) {
      await tenant.saveCertificate(name, await ca.issue({ commonName: name, extendedKeyUsage }))
    }
    const named = async (query: string) => {
      const { body } = await tenant.api.json<Certificate[]>('GET', tenant.path(`certificates${query}`))
      return body.map(({ name }) => name)
    }
    expect(await named('')).toEqual(['both', 'server', 'free'])
    expect(await named('?clientAuth=present')).toEqual(['both'])
    expect(await named('?clientAuth=absent')).toEqual(['server'])
    expect(await named('?clientAuth=unrestricted')).toEqual(['free'])
    const unknown = await tenant.api.json('GET', tenant.path('certificates?clientAuth=maybe'))
    expectProblem(unknown, 400, 'VALIDATION_FAILED')
  })

  it('is found by its name, its subject and its status', async () => {
    const tenant = await system.newTenant()
    await tenant.saveCertificate('My Bank', await issue('client'))
    await tenant.saveCertificate('other', await issue('Bank of others'))
    const asked = { name: 'asked for', keyType: 'EC-P256', subject: { commonName: 'bank to be' } }
    expect((await tenant.api.json('POST', tenant.path('certificates/csr'), asked)).status).toBe(201)
    const named = async (query: string) => {
      const { body } = await tenant.api.json<Certificate[]>('GET', tenant.path(`certificates?${query}`))
      return body.map(({ name }) => name)
    }
    expect(await named('search=BANK')).toEqual(['My Bank', 'other', 'asked for'])
    expect(await named('search=my%20bank')).toEqual(['My Bank'])
    expect(await named('status=PendingSignature')).toEqual(['asked for'])
    expect(await named('status=Available&search=bank&limit=5')).toHaveLength(2)
    expect(await named('status=Expired')).toEqual([])
    const unknown = await tenant.api.json('GET', tenant.path('certificates?status=expired'))
    expectProblem(unknown, 400, 'VALIDATION_FAILED')
  })

  it('is found by its issuer and by the type of its key: what has to be replaced when a CA or an algorithm ends', async () => {
    const tenant = await system.newTenant()
    const other = await createCa({ name: 'Other CA' })
    await tenant.saveCertificate('brand', await issue('brand'))
    await tenant.saveCertificate('other', await other.issue({ commonName: 'other', keyType: 'RSA-2048' }))
    const asked = { name: 'asked for', keyType: 'EC-P256', subject: { commonName: 'to be' } }
    expect((await tenant.api.json('POST', tenant.path('certificates/csr'), asked)).status).toBe(201)
    const list = async (query: Record<string, string>) => {
      const path = tenant.path(`certificates?${new URLSearchParams(query)}`)
      return (await tenant.api.json<Certificate[]>('GET', path)).body
    }
    const named = async (query: Record<string, string>) => (await list(query)).map(({ name }) => name)
    const { issuer = null } = (await list({ search: 'brand' }))[0] ?? {}
    expect(await named({ issuer: issuer ?? '' })).toEqual(['brand'])
    expect(await named({ issuer: 'Brand CA' })).toEqual([])
    expect(await named({ keyType: 'EC-P256' })).toEqual(['brand', 'asked for'])
    expect(await named({ keyType: 'RSA-2048' })).toEqual(['other'])
    expect(await named({ keyType: 'EC-P256', issuer: issuer ?? '', limit: '5' })).toEqual(['brand'])
  })

  it('is got with its names, usages and chain, and so is its next version', async () => {
    const tenant = await system.newTenant()
    const intermediate = await ca.createIntermediate('Brand intermediate')
    const names = { dnsNames: ['a.example', 'b.example'], ipAddresses: ['192.0.2.1'] }
    const identity = await intermediate.issue({ commonName: 'detailed', ...names, extendedKeyUsage: ['clientAuth'] })
    const { id } = await tenant.saveCertificate('c1', identity)
    const next = await ca.issue({ commonName: 'next', extendedKeyUsage: [] })
    await tenant.api.json('POST', tenant.path(`certificates/${id}/staged`), {
      certificate: next.certificate + next.chain.join(''),
      privateKey: next.privateKey,
    })
    const { body } = await tenant.api.json<CertificateDetails>('GET', tenant.path(`certificates/${id}`))
    expect(body).toMatchObject({
      subjectAltNames: ['DNS:a.example', 'DNS:b.example', 'IP:192.0.2.1'],
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: ['clientAuth'],
      chain: [
        { subject: 'CN=detailed', issuer: 'CN=Brand intermediate', notAfter: body.expirationDate },
        { subject: 'CN=Brand intermediate', issuer: 'CN=Brand CA' },
        { subject: 'CN=Brand CA', issuer: 'CN=Brand CA' },
      ],
      staged: {
        subjectAltNames: [],
        extendedKeyUsage: [],
        chain: [{ subject: 'CN=next' }, { subject: 'CN=Brand CA' }],
      },
    })
    expect(body.chain[0]?.fingerprintSha256).toBe(body.fingerprintSha256)
    expect(body.staged?.chain[0]?.fingerprintSha256).toBe(next.fingerprintSha256)
  })

  it('is got without them while it waits for its signature', async () => {
    const tenant = await system.newTenant()
    const asked = { name: 'asked for', keyType: 'EC-P256', subject: { commonName: 'to be' } }
    const { body } = await tenant.api.json<Requested>('POST', tenant.path('certificates/csr'), asked)
    const got = await tenant.api.json('GET', tenant.path(`certificates/${body.certificate.id}`))
    const none = { subjectAltNames: [], keyUsage: [], extendedKeyUsage: [], chain: [] }
    expect(got).toMatchObject({ status: 200, body: { status: 'PendingSignature', ...none } })
  })

  it('is got without them if the store has lost them', async () => {
    const tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate('c1', await issue('lost'))
    const account = parseAccountId(tenant.id)
    const store = system.openStore()
    for (const name of await store.list(recordFolder('chains', account))) {
      await store.purge(recordPath('chains', account, parseRecordId(name)))
    }
    await store.close()
    const got = await tenant.api.json('GET', tenant.path(`certificates/${id}`))
    expect(got).toMatchObject({ status: 200, body: { status: 'Available', subject: 'CN=lost', chain: [] } })
  })

  it('is downloaded as PEM, leaf then chain, without the private key', async () => {
    const tenant = await system.newTenant()
    const intermediate = await ca.createIntermediate('Brand intermediate')
    const identity = await intermediate.issue({ commonName: 'chained' })
    const { id } = await tenant.saveCertificate('c1', identity)
    const { status, body } = await tenant.api.json<string>('GET', tenant.path(`certificates/${id}/download`))
    expect(status).toBe(200)
    const blocks = body.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    const subjects = blocks.map((block) => new X509Certificate(block).subject)
    expect(subjects.slice(0, 2)).toEqual(['CN=chained', 'CN=Brand intermediate'])
    expect(body).not.toContain('PRIVATE KEY')
  })

  it('is deleted by its id, answered once more, and gone', async () => {
    const tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate('c1', await issue('deleted'))
    const path = tenant.path(`certificates/${id}`)
    expect(await tenant.api.json('DELETE', path)).toMatchObject({ status: 200, body: { id, name: 'c1' } })
    expectProblem(await tenant.api.json('GET', path), 404, 'CERTIFICATE_NOT_FOUND')
    expectProblem(await tenant.api.json('DELETE', path), 404, 'CERTIFICATE_NOT_FOUND')
    expectProblem(await tenant.api.json('GET', `${path}/download`), 404, 'CERTIFICATE_NOT_FOUND')
  })

  it('can not be deleted while mappings use it, and the answer names them', async () => {
    const tenant = await system.newTenant()
    const { certificate, mapping } = await tenant.onboard(await issue('used'), 'https://target.example/')
    const refused = await tenant.api.json('DELETE', tenant.path(`certificates/${certificate.id}`))
    expectProblem(refused, 409, 'CERTIFICATE_IN_USE')
    expect(JSON.stringify(refused.body)).toContain(mapping.name)
    await tenant.api.json('DELETE', tenant.path(`mappings/${mapping.id}`))
    const deleted = await tenant.api.json('DELETE', tenant.path(`certificates/${certificate.id}`))
    expect(deleted.status).toBe(200)
  })

  it('is deleted by a client that names a Content-Type and sends no body', async () => {
    const tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate('c1', await issue('deleted'))
    const headers = { 'content-type': 'application/json' }
    const answer = await tenant.api.raw({ method: 'DELETE', path: tenant.path(`certificates/${id}`), headers })
    expect(answer.status).toBe(200)
  })

  it('is never deleted by a list', async () => {
    const tenant = await system.newTenant()
    await tenant.saveCertificate('c1', await issue('kept'))
    const refused = await tenant.api.json('DELETE', tenant.path('certificates'))
    expect([404, 405]).toContain(refused.status)
    expect((await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))).body).toHaveLength(1)
  })
})

describe('replacing a certificate', () => {
  it('keeps the id and shows the new certificate, by JSON', async () => {
    const tenant = await system.newTenant()
    const before = await tenant.saveCertificate('c1', await issue('old'))
    const identity = await issue('new')
    const replaced = await tenant.api.json<SaveResult>('PUT', tenant.path('certificates'), [
      { ...certificateEntry('c1', identity), id: before.id },
    ])
    expect(replaced.status).toBe(200)
    const [after] = replaced.body.successfulySavedCertificates
    expect(after).toMatchObject({ id: before.id, name: 'c1', createdAt: before.createdAt })
    expect(hex(after?.fingerprintSha256 ?? '')).toBe(identity.fingerprintSha256)
    const { differences, ...previous } = after?.previous ?? {}
    expect(differences).toMatchObject([{ code: 'SUBJECT_DIFFERS', from: 'CN=old', to: 'CN=new' }])
    const listed = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))
    expect(listed.body).toEqual([{ ...after, previous }])
  })

  it('keeps the id and shows the new certificate, by file', async () => {
    const tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate('c1', await issue('old'))
    const identity = await issue('new by file')
    const replaced = await tenant.api.multipart<SaveResult>(
      'PUT',
      tenant.path('certificates/by-file'),
      { certificate: JSON.stringify({ name: 'renamed', password: testPassword, id }) },
      { file: { fileName: 'new.pfx', content: makePkcs12({ identity, password: testPassword }) } },
    )
    expect(replaced.status).toBe(200)
    expect(replaced.body.successfulySavedCertificates).toMatchObject([{ id, name: 'renamed' }])
  })

  it('takes the id as a string and ignores what it does not know', async () => {
    const tenant = await system.newTenant()
    const before = await tenant.saveCertificate('c1', await issue('old'))
    const replaced = await tenant.api.json<SaveResult>('PUT', tenant.path('certificates'), [
      { ...before, ...certificateEntry('c1', await issue('new')), id: String(before.id), colour: 'green' },
    ])
    expect(replaced).toMatchObject({ status: 200, body: { successfulySavedCertificates: [{ id: before.id }] } })
  })

  it('of an unknown id stores nothing', async () => {
    const tenant = await system.newTenant()
    const refused = await tenant.api.json('PUT', tenant.path('certificates'), [
      { ...certificateEntry('c1', await issue('nowhere')), id: 4711 },
    ])
    expect(refused.status).toBe(404)
    expect(JSON.stringify(refused.body)).toContain('CERTIFICATE_NOT_FOUND')
    expect((await tenant.api.json('GET', tenant.path('certificates'))).body).toEqual([])
  })
})
