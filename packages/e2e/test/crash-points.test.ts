import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { collectGarbage } from './support/collect-garbage.ts'
import { CrashingConfigApi } from './support/crashing-config-api.ts'
import { recordsOf } from './support/orphans.ts'
import { certificateEntry, mustBe, newAccountId } from './support/tenant.ts'
import type { AppKey, Certificate, Mapping, SaveResult } from './support/wire.ts'

type Call = readonly [method: string, below: string, body?: unknown]

interface Operation {
  readonly name: string
  /** Makes what the request is about; answers the id that it needs. */
  readonly prepare: (account: string) => Promise<number | string>
  readonly request: (id: number | string) => Call
  /** Of the request when it is repeated: done now, or done the first time. */
  readonly repeated: readonly number[]
}

let configApi: CrashingConfigApi
let entry: (name: string) => object
let caCertificates: string
let purged = 0

beforeAll(async () => {
  const ca = await createCa()
  const identity = await ca.issue({ commonName: 'client' })
  caCertificates = ca.certificate
  entry = (name) => certificateEntry(name, identity)
  configApi = await CrashingConfigApi.start()
})
afterAll(() => configApi.stop())

function call<T>(account: string, [method, below, body]: Call) {
  return configApi.call<T>(method, `/mtls/account/${account}/${below}`, body)
}

async function newCertificate(account: string): Promise<number> {
  const saved = await call<SaveResult>(account, ['POST', 'certificates', [entry('first')]])
  mustBe(201, saved)
  return saved.body.successfulySavedCertificates[0]?.id ?? 0
}

async function newMapping(account: string): Promise<number> {
  const saved = await call<Mapping[]>(account, mappingOf(await newCertificate(account)))
  mustBe(201, saved)
  return saved.body[0]?.id ?? 0
}

function mappingOf(certificate: number | string): Call {
  const mapping = {
    certificationId: certificate,
    serviceId: 'IDP',
    url: 'https://a.example/',
    name: 'wanted',
    enable: true,
    targetTrust: { caCertificates },
  }
  return ['POST', 'mappings', [mapping]]
}

const newAppKeyRequest: Call = ['POST', 'app-keys', { label: 'wanted', scopes: ['forward'] }]

async function newAppKey(account: string): Promise<string> {
  const made = await call<AppKey>(account, newAppKeyRequest)
  mustBe(201, made)
  return made.body.appKey
}

const operations: readonly Operation[] = [
  {
    name: 'the first certificate of an account is saved',
    prepare: async () => 0,
    request: () => ['POST', 'certificates', [entry('wanted')]],
    repeated: [201, 409],
  },
  {
    name: 'a certificate is replaced',
    prepare: newCertificate,
    request: (id) => ['PUT', 'certificates', [{ ...entry('wanted'), id }]],
    repeated: [200],
  },
  { name: 'a mapping is made', prepare: newCertificate, request: mappingOf, repeated: [201, 409] },
  {
    name: 'a mapping is deleted',
    prepare: newMapping,
    request: (id) => ['DELETE', `mappings/${id}`],
    repeated: [200, 404],
  },
  {
    name: 'a certificate is deleted',
    prepare: newCertificate,
    request: (id) => ['DELETE', `certificates/${id}`],
    repeated: [200, 404],
  },
  { name: 'an app key is made', prepare: async () => 0, request: () => newAppKeyRequest, repeated: [201] },
  {
    name: 'an app key is deleted',
    prepare: newAppKey,
    request: (id) => ['DELETE', `app-keys/${id}`],
    repeated: [200, 404],
  },
]

async function expectWhole(account: string): Promise<void> {
  const certificates = await call<Certificate[]>(account, ['GET', 'certificates'])
  const mappings = await call<Mapping[]>(account, ['GET', 'mappings'])
  const appKeys = await call(account, ['GET', 'app-keys'])
  expect([certificates.status, mappings.status, appKeys.status]).toEqual([200, 200, 200])
  expect(certificates.body.filter(({ status }) => status !== 'Available')).toEqual([])
  const ids = certificates.body.map(({ id }) => String(id))
  for (const { certificationId } of mappings.body) expect(ids).toContain(certificationId)
}

/** False if the request has fewer writes than that. */
async function crash(operation: Operation, write: number, when: 'before' | 'after'): Promise<boolean> {
  const account = newAccountId()
  const request = operation.request(await operation.prepare(account))
  if (!(await configApi.diesDuring({ write, when }, () => call(account, request)))) return false
  await expectWhole(account)

  const repeated = await call(account, request)

  expect(operation.repeated).toContain(repeated.status)
  if (repeated.status === 409) expect(JSON.stringify(repeated.body)).toContain('wanted')
  await expectWhole(account)
  return true
}

/** In milliseconds: each operation starts config-api up to seven times. */
const timeoutMs = 240_000

describe('config-api, killed at every write', () => {
  it.each(operations)(
    'while $name: the account is whole, the request can be repeated, and no orphan stays',
    async (operation) => {
      let writes = 0
      while (await crash(operation, writes + 1, 'before')) writes++
      expect(writes).toBeGreaterThanOrEqual(2)
      expect(await crash(operation, writes, 'after')).toBe(true)

      const { problems, kinds } = await collectGarbage(configApi.backends.env('config-api'))
      expect(problems).toEqual([])
      purged += kinds.keys.purged + kinds.chains.purged + kinds['app-keys'].purged
      const store = configApi.backends.openStore()
      const accounts = await recordsOf(store).finally(() => store.close())
      expect(accounts.size).toBeGreaterThan(writes)
      for (const { stored, named } of accounts.values()) expect(stored).toEqual(named)
    },
    timeoutMs,
  )

  it('had left orphans, so that their collection was put to the test', () => {
    // At least: a key, a key and a chain, and as many again of a replacement; the secret of an app key.
    expect(purged).toBeGreaterThanOrEqual(6)
  })
})
