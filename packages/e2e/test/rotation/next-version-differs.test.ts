import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, type IssueOptions, type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { Rotation } from '../support/rotation.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { certificateEntry, type Tenant } from '../support/tenant.ts'
import type { Certificate, Requested, SaveResult } from '../support/wire.ts'

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000)
const usual: IssueOptions = { commonName: 'client', dnsNames: ['a.example', 'b.example'], notAfter: inDays(30) }

let system: SharedSystem
let target: TestTarget
let first: IssuedCertificate
let tenant: Tenant
let rotation: Rotation

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
  first = await target.clientCa.issue(usual)
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

beforeEach(async () => {
  tenant = await system.newTenant()
  rotation = new Rotation(tenant, (await tenant.saveCertificate('c1', first)).id)
})

const later: IssueOptions = { ...usual, notAfter: inDays(60) }
const differing: readonly (readonly [code: string, next: () => Promise<IssuedCertificate>])[] = [
  ['SAME_CERTIFICATE', async () => first],
  ['EXPIRES_EARLIER', () => target.clientCa.issue({ ...usual, notAfter: inDays(20) })],
  ['SUBJECT_DIFFERS', () => target.clientCa.issue({ ...later, commonName: 'other' })],
  ['NAMES_DIFFER', () => target.clientCa.issue({ ...later, dnsNames: ['a.example'] })],
  ['ISSUER_DIFFERS', async () => (await createCa({ name: 'Other CA' })).issue(later)],
  ['KEY_TYPE_DIFFERS', () => target.clientCa.issue({ ...later, keyType: 'EC-P384' })],
  ['CLIENT_AUTH_DIFFERS', () => target.clientCa.issue({ ...later, extendedKeyUsage: ['serverAuth'] })],
]

describe('a next version that is not a usual renewal', () => {
  it.each(differing)('is not promoted unless the request accepts it: %s', async (code, issue) => {
    const next = await issue()
    const staged = await rotation.stage(next)
    expect(staged).toMatchObject({ status: 201, body: { staged: { differences: [{ code }] } } })
    const differences = staged.body.staged?.differences
    expect(await rotation.get()).toMatchObject({ staged: { differences } })

    for (const query of ['', '?force=true', '?accept=NEVER_SEEN']) {
      const refused = await rotation.post(`staged/promote${query}`)
      expect(expectProblem(refused, 409, 'NEXT_VERSION_DIFFERS')).toMatchObject({ differences })
    }
    expect(await rotation.get()).toMatchObject({ fingerprintSha256: first.fingerprintSha256 })
    const accepted = await rotation.post(`staged/promote?accept=${code}`)
    expect(accepted).toMatchObject({ status: 200, body: { fingerprintSha256: next.fingerprintSha256 } })
  })

  it('has both values of all that differs, and is promoted only if all of it is accepted', async () => {
    await rotation.stage(await target.clientCa.issue({ ...usual, commonName: 'other', notAfter: inDays(20) }))
    const { staged, expirationDate } = await rotation.get()
    expect(staged?.differences).toMatchObject([
      { code: 'EXPIRES_EARLIER', from: expirationDate, to: staged?.expirationDate },
      { code: 'SUBJECT_DIFFERS', from: 'CN=client', to: 'CN=other' },
    ])
    expectProblem(await rotation.post('staged/promote?accept=SUBJECT_DIFFERS'), 409, 'NEXT_VERSION_DIFFERS')
    const { status } = await rotation.post('staged/promote?accept=SUBJECT_DIFFERS,EXPIRES_EARLIER')
    expect(status).toBe(200)
  })

  it('is told where the key was made here and its certificate has come', async () => {
    const { body } = await rotation.post<Requested>('staged/csr', {
      subject: { commonName: 'other' },
      keyType: 'EC-P256',
    })
    expect(body.certificate.staged).not.toHaveProperty('differences')
    const signed = await target.clientCa.signRequest(body.csr, { notAfter: inDays(60) })
    const answer = await rotation.sign(signed.certificate)
    const completed: Certificate = JSON.parse(answer.body.toString('utf8'))
    expect(completed.staged?.differences).toMatchObject([{ code: 'SUBJECT_DIFFERS' }])
    expectProblem(await rotation.post('staged/promote'), 409, 'NEXT_VERSION_DIFFERS')
  })

  it('can be gone back from, without a question', async () => {
    await rotation.stage(await target.clientCa.issue({ ...later, commonName: 'other' }))
    expect((await rotation.post('staged/promote?accept=SUBJECT_DIFFERS')).status).toBe(200)
    expect((await rotation.post('rollback')).status).toBe(200)
  })
})

describe('a plain replacement', () => {
  const replace = async (identity: IssuedCertificate) => {
    const entry = { ...certificateEntry('c1', identity), id: rotation.id }
    const { body } = await tenant.api.json<SaveResult>('PUT', tenant.path('certificates'), [entry])
    return body.successfulySavedCertificates[0]
  }

  it('is made at once, and its answer says what differs from the version before', async () => {
    const saved = await replace(await target.clientCa.issue({ ...usual, commonName: 'other', notAfter: inDays(20) }))
    expect(saved).toMatchObject({ subject: 'CN=other', previous: { fingerprintSha256: first.fingerprintSha256 } })
    expect(saved?.previous?.differences).toMatchObject([
      { code: 'EXPIRES_EARLIER' },
      { code: 'SUBJECT_DIFFERS', from: 'CN=client', to: 'CN=other' },
    ])
  })

  it('by a usual renewal differs in nothing', async () => {
    expect((await replace(await target.clientCa.issue(later)))?.previous?.differences).toEqual([])
  })
})

describe('a usual renewal', () => {
  it('is promoted without a question', async () => {
    const next = await target.clientCa.issue({ ...later, dnsNames: ['b.example', 'a.example'] })
    expect(await rotation.stage(next)).toMatchObject({ body: { staged: { differences: [] } } })
    expect(await rotation.post('staged/promote')).toMatchObject({ status: 200, body: { subject: 'CN=client' } })
  })
})

it('a promotion that names its codes in another form is refused', async () => {
  await rotation.stage(first)
  expectProblem(await rotation.post('staged/promote?accept=same%20certificate'), 400, 'VALIDATION_FAILED')
})
