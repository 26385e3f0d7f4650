import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, makePkcs12 } from '@mtls-gateway/test-kit'
import { expectSentence } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { certificateEntry } from '../support/tenant.ts'
import type { Certificate, SaveResult } from '../support/wire.ts'

describe('certificates saved in one request', () => {
  let identity: IssuedCertificate
  let system: SharedSystem

  beforeAll(async () => {
    identity = await (await createCa()).issue({ commonName: 'batch' })
    system = await sharedSystem()
  })

  afterAll(() => system?.stop())

  const good = (name: string) => certificateEntry(name, identity)
  const wrongPassword = (name: string) => ({ ...certificateEntry(name, identity), password: 'wrong' })

  it('are stored but for the bad one, which is named with its reason', async () => {
    const tenant = await system.newTenant()
    const batch = [good('a'), wrongPassword('b'), good('c')]
    const { status, body } = await tenant.api.json<SaveResult>('POST', tenant.path('certificates'), batch)
    expect(status).toBe(201)
    expect(body.successfulySavedCertificates.map(({ name }) => name)).toEqual(['a', 'c'])
    expect(body.failedSaveToVaultCertificates).toMatchObject([{ name: 'b', code: 'P12_WRONG_PASSWORD' }])
    expectSentence(body.failedSaveToVaultCertificates[0]?.reason)
    const stored = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))
    expect(stored.body.map(({ name }) => name).sort()).toEqual(['a', 'c'])
  })

  it('store the first of two with the same name', async () => {
    const tenant = await system.newTenant()
    const batch = [good('twin'), good('twin')]
    const { status, body } = await tenant.api.json<SaveResult>('POST', tenant.path('certificates'), batch)
    expect(status).toBe(201)
    expect(body.successfulySavedCertificates).toHaveLength(1)
    expect(body.failedSaveToVaultCertificates).toMatchObject([{ name: 'twin', code: 'CERTIFICATE_NAME_TAKEN' }])
  })

  it.each([
    { all: 'duplicate names', batch: () => [good('taken'), good('taken')], status: 409 },
    { all: 'unreadable files', batch: () => [wrongPassword('x'), wrongPassword('y')], status: 422 },
    { all: 'both', batch: () => [good('taken'), wrongPassword('x')], status: 422 },
  ])('answer $status when every one fails: $all', async ({ batch, status }) => {
    const tenant = await system.newTenant()
    await tenant.saveCertificate('taken', identity)
    const refused = await tenant.api.json<SaveResult>('POST', tenant.path('certificates'), batch())
    expect(refused.status).toBe(status)
    expect(refused.body.successfulySavedCertificates).toEqual([])
    expect(refused.body.failedSaveToVaultCertificates).toHaveLength(2)
    expect((await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))).body).toHaveLength(1)
  })

  it('are replaced but for the bad ones', async () => {
    const tenant = await system.newTenant()
    const [a, b] = await tenant.saveCertificates(['a', 'b'], identity)
    const batch = [
      { ...good('renamed'), id: a?.id },
      { ...wrongPassword('b'), id: b?.id },
    ]
    const { status, body } = await tenant.api.json<SaveResult>('PUT', tenant.path('certificates'), batch)
    expect(status).toBe(200)
    expect(body.successfulySavedCertificates).toMatchObject([{ id: a?.id, name: 'renamed' }])
    expect(body.failedSaveToVaultCertificates).toMatchObject([{ name: 'b', code: 'P12_WRONG_PASSWORD' }])
  })

  it('can not take the name of another by a replacement', async () => {
    const tenant = await system.newTenant()
    const [a] = await tenant.saveCertificates(['a', 'b'], identity)
    const refused = await tenant.api.json('PUT', tenant.path('certificates'), [{ ...good('b'), id: a?.id }])
    expect(refused.status).toBe(409)
    expect(JSON.stringify(refused.body)).toContain('CERTIFICATE_NAME_TAKEN')
  })

  const file = () => [...makePkcs12({ identity, password: 'secret' })]
  it.each([
    { form: 'bytes from 0 to 255', p12: () => file() },
    { form: 'signed bytes as Java writes them', p12: () => file().map((byte) => (byte > 127 ? byte - 256 : byte)) },
    { form: 'base64', p12: () => Buffer.from(file()).toString('base64') },
  ])('take the P12 as $form', async ({ p12 }) => {
    const tenant = await system.newTenant()
    const body = [{ name: 'c1', p12: p12(), password: 'secret' }]
    const saved = await tenant.api.json<SaveResult>('POST', tenant.path('certificates'), body)
    expect(saved).toMatchObject({ status: 201, body: { successfulySavedCertificates: [{ status: 'Available' }] } })
  })
})
