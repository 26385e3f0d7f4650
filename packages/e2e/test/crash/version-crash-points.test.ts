import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, type TestCa } from '@mtls-gateway/test-kit'
import type { Operation } from '../support/crash-scenes.ts'
import { type CrashReport, crashedOperations } from '../support/crashed-operations.ts'
import { type Call, CrashingConfigApi } from '../support/crashing-config-api.ts'
import { expectSurvived } from '../support/expect-survived.ts'
import { promotion } from '../support/rotation.ts'
import { certificateEntry, mustBe } from '../support/tenant.ts'
import type { Requested, SaveResult } from '../support/wire.ts'

let configApi: CrashingConfigApi
let ca: TestCa
let identity: IssuedCertificate
/** What a CA has signed for a certificate's request. */
const signed = new Map<number | string, string>()

beforeAll(async () => {
  ca = await createCa()
  identity = await ca.issue({ commonName: 'client' })
  configApi = await CrashingConfigApi.start()
})
afterAll(() => configApi.stop())

async function done<T>(account: string, status: number, request: Call): Promise<T> {
  const response = await configApi.call<T>(account, request)
  mustBe(status, response)
  return response.body
}

const requested = { subject: { commonName: 'made here' }, keyType: 'EC-P256' }
const csr: Call = ['POST', 'certificates/csr', { name: 'wanted', ...requested }]

function upload() {
  const { p12, password } = certificateEntry('', identity)
  return { p12, password }
}

async function newCertificate(account: string): Promise<number> {
  const saved = await done<SaveResult>(account, 201, ['POST', 'certificates', [certificateEntry('c1', identity)]])
  return saved.successfulySavedCertificates[0]?.id ?? 0
}

async function staged(account: string): Promise<number> {
  const id = await newCertificate(account)
  await done(account, 201, ['POST', `certificates/${id}/staged`, upload()])
  return id
}

/** Mapped to where this gateway does not connect, so that a probe needs no target. */
async function stagedAndMapped(account: string): Promise<number> {
  const id = await staged(account)
  const mapping = { certificationId: id, serviceId: 'IDP', url: 'https://127.0.0.1/', name: 'm1' }
  await done(account, 201, ['POST', 'mappings', [mapping]])
  return id
}

async function promoted(account: string): Promise<number> {
  const id = await staged(account)
  await done(account, 200, ['POST', `certificates/${id}/${promotion}`])
  return id
}

async function pending(account: string): Promise<number> {
  return sign(await done<Requested>(account, 201, csr))
}

async function pendingRenewal(account: string): Promise<number> {
  const id = await newCertificate(account)
  return sign(await done<Requested>(account, 201, ['POST', `certificates/${id}/staged/csr`, requested]))
}

async function sign({ certificate, csr: request }: Requested): Promise<number> {
  signed.set(certificate.id, (await ca.signRequest(request)).certificate)
  return certificate.id
}

const of =
  (below: string, method = 'POST', body?: unknown) =>
  (id: number | string): Call => {
    const path = `certificates/${id}/${below}`
    return body === undefined ? [method, path] : [method, path, body]
  }
const signedFor =
  (below: string) =>
  (id: number | string): Call => ['PUT', `certificates/${id}/${below}`, { certificate: signed.get(id) }]

const operations: readonly Operation[] = [
  { name: 'a certificate is asked for', prepare: async () => 0, request: () => csr, repeated: [201, 409] },
  {
    name: 'its signed certificate comes',
    prepare: pending,
    request: signedFor('signed-certificate'),
    repeated: [200],
  },
  {
    name: 'a version is staged',
    prepare: staged,
    request: (id) => of('staged', 'POST', upload())(id),
    repeated: [201],
  },
  { name: 'a version is promoted', prepare: staged, request: of(promotion), repeated: [200, 404] },
  {
    name: 'the second version is promoted',
    prepare: async (account) => {
      const id = await promoted(account)
      await done(account, 201, of('staged', 'POST', upload())(id))
      return id
    },
    request: of(promotion),
    repeated: [200, 404],
  },
  { name: 'what is staged is dropped', prepare: staged, request: of('staged', 'DELETE'), repeated: [200, 404] },
  { name: 'the version before is put back', prepare: promoted, request: of('rollback'), repeated: [200] },
  { name: 'the version before is dropped', prepare: promoted, request: of('previous', 'DELETE'), repeated: [200, 404] },
  {
    name: 'a renewal is asked for',
    prepare: staged,
    request: of('staged/csr', 'POST', requested),
    repeated: [201],
  },
  {
    name: 'the signed certificate of a renewal comes',
    prepare: pendingRenewal,
    request: signedFor('staged/signed-certificate'),
    repeated: [200],
  },
  { name: 'what is staged is probed', prepare: stagedAndMapped, request: of('staged/probe'), repeated: [200] },
  {
    name: 'a url is activated',
    prepare: newCertificate,
    request: (id) => ['POST', `certificates/activate/${id}`, { serviceName: 'IDP', url: 'https://a.example/' }],
    repeated: [201],
  },
]

describe('config-api, killed at every write', () => {
  let report: CrashReport

  beforeAll(async () => {
    report = await crashedOperations(configApi, operations)
  })

  it.each(operations)(
    'while $name: the account is whole, the request can be repeated, and no orphan stays',
    (operation) => expectSurvived(report, operation),
  )

  it('had left orphans, so that their collection was put to the test', () => {
    // At least: a key of each request, a chain of each signed certificate, a key and a chain of a staged version.
    expect(report.purged).toBeGreaterThanOrEqual(6)
  })
})
