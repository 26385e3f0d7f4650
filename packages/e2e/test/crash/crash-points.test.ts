import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import type { Operation } from '../support/crash-scenes.ts'
import { type CrashReport, crashedOperations } from '../support/crashed-operations.ts'
import { type Call, CrashingConfigApi } from '../support/crashing-config-api.ts'
import { expectSurvived } from '../support/expect-survived.ts'
import { certificateEntry, mustBe, newInvitation } from '../support/tenant.ts'
import type { AppKey, Invitation, Mapping, SaveResult } from '../support/wire.ts'

let configApi: CrashingConfigApi
let entry: (name: string) => object
let caCertificates: string

beforeAll(async () => {
  const ca = await createCa()
  const identity = await ca.issue({ commonName: 'client' })
  caCertificates = ca.certificate
  entry = (name) => certificateEntry(name, identity)
  configApi = await CrashingConfigApi.start()
})
afterAll(() => configApi.stop())

function call<T>(account: string, request: Call) {
  return configApi.call<T>(account, request)
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

/** To a host that nothing calls yet. */
function newHostOf(certificate: number | string): Call {
  const mapping = { certificationId: certificate, serviceId: 'IDP', url: 'https://new.example/', name: 'wanted' }
  return ['POST', 'mappings', [{ ...mapping, enable: true }]]
}

const newAppKeyRequest: Call = ['POST', 'app-keys', { label: 'wanted', scopes: ['forward'] }]

async function newAppKey(account: string): Promise<string> {
  const made = await call<AppKey>(account, newAppKeyRequest)
  mustBe(201, made)
  return made.body.appKey
}

/** Nobody else is needed for what was there before the account wanted that. */
async function guarded(account: string): Promise<number> {
  const certificate = await newCertificate(account)
  mustBe(200, await call(account, ['PUT', 'settings', { approvals: { actions: ['target-host', 'app-key-forward'] } }]))
  return certificate
}

const newHandover = () => {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  return { label: 'Anna of Bank', mappings: [], expiresAt }
}

const documented = (path: string, more: object) => ({
  ...{ service: 'IDP', url: `https://a.example/${path}`, certificate: 'first' },
  ...more,
})

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
  {
    name: 'somebody is invited',
    prepare: async () => 0,
    request: () => ['POST', 'invitations', newInvitation()],
    repeated: [201],
  },
  {
    name: 'a certificate is handed over',
    prepare: newCertificate,
    request: (id) => ['POST', `certificates/${id}/handovers`, newHandover()],
    repeated: [201],
  },
  {
    name: 'a document is applied',
    prepare: newCertificate,
    request: () => [
      'PUT',
      'document',
      {
        trusts: { 'wanted-ca': { caCertificates } },
        mappings: {
          one: documented('one', { trust: 'wanted-ca' }),
          two: documented('two', { targetAuth: { type: 'headers', headers: [{ name: 'x-key', secret: 'wanted' }] } }),
        },
      },
    ],
    repeated: [200],
  },
  {
    name: 'an invitation is revoked',
    prepare: async (account) => {
      const made = await call<Invitation>(account, ['POST', 'invitations', newInvitation()])
      mustBe(201, made)
      return made.body.id
    },
    request: (id) => ['DELETE', `invitations/${id}`],
    repeated: [200, 404],
  },
  {
    name: 'a mapping is made that waits for approval',
    prepare: guarded,
    request: newHostOf,
    repeated: [202],
  },
  {
    name: 'a mapping is approved',
    prepare: async (account) => {
      const asked = await call<{ approval: { id: string } }>(account, newHostOf(await guarded(account)))
      mustBe(202, asked)
      return asked.body.approval.id
    },
    request: (id) => ['POST', `approvals/${id}/approve`, { emergency: true, reason: 'nobody else is here' }],
    repeated: [200, 409],
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
    // At least: a key, a key and a chain, and as many again of a replacement; the secret of an app key.
    expect(report.purged).toBeGreaterThanOrEqual(6)
  })
})
