import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type Body,
  type RepeatingTenant,
  RepetitionScene,
  type Request,
  requestSpec,
} from '../support/repetition-scene.ts'
import { promotion } from '../support/rotation.ts'
import { newInvitation } from '../support/tenant.ts'

interface Operation {
  readonly name: string
  /** After what has to be done first. */
  readonly request: (tenant: RepeatingTenant) => Request | Promise<Request>
  /** The second answer, where something is told only once or is gone. */
  readonly second?: (first: Body) => unknown
}

let scene: RepetitionScene

beforeAll(async () => {
  scene = await RepetitionScene.start()
})

afterAll(() => scene?.stop())

const gone = ({ id }: Body) => ({ id: Number(id), deleted: true })
const withoutCsr = (first: Body) => ({ ...first, csr: null })
/** Comparing two versions would read their certificates. */
const without = (version: 'staged' | 'previous') => (first: Body) => {
  const { differences: _, ...rest } = first[version] as Body
  return { ...first, [version]: rest }
}
const withoutDifferences = without('staged')
const idp = (url: string) => ({ serviceName: 'IDP', url })
const handover = (mapping: number) => ({ ...newInvitation({ scopes: undefined }), mappings: [mapping] })
const settings = (body: object): Request => ['PUT', 'settings', body]

const certificates: readonly Operation[] = [
  { name: 'POST certificates', request: (tenant) => ['POST', 'certificates', [tenant.entry('c2')]] },
  {
    name: 'PUT certificates',
    request: (tenant) => ['PUT', 'certificates', [{ ...tenant.entry('c1'), id: tenant.id }]],
    second: ({ successfulySavedCertificates: saved, ...first }) => ({
      ...first,
      successfulySavedCertificates: (saved as Body[]).map(without('previous')),
    }),
  },
  {
    name: 'DELETE of a certificate',
    request: async (tenant) => [
      'DELETE',
      `certificates/${(await tenant.requested({ name: 'c2', ...requestSpec })).id}`,
    ],
    second: gone,
  },
  { name: 'csr', request: () => ['POST', 'certificates/csr', { name: 'c2', ...requestSpec }], second: withoutCsr },
  {
    name: 'signed-certificate',
    request: async (tenant) => {
      const { id, certificate } = await tenant.requested({ name: 'c2', ...requestSpec })
      return ['PUT', `certificates/${id}/signed-certificate`, { certificate }]
    },
  },
]

const rotation: readonly Operation[] = [
  {
    name: 'staged',
    request: (tenant) => {
      const { name: _, ...upload } = tenant.entry('')
      return tenant.of('staged', 'POST', upload)
    },
    second: withoutDifferences,
  },
  { name: 'staged/csr', request: (tenant) => tenant.of('staged/csr', 'POST', requestSpec), second: withoutCsr },
  {
    name: 'staged/signed-certificate',
    request: async (tenant) => {
      const { certificate } = await tenant.requested(requestSpec, `certificates/${tenant.id}/staged/csr`)
      return tenant.of('staged/signed-certificate', 'PUT', { certificate })
    },
    second: withoutDifferences,
  },
  {
    name: 'staged/probe',
    request: (tenant) => tenant.staged().then(() => tenant.of('staged/probe')),
    second: ({ ok }) => ({ ok, results: [], kept: null }),
  },
  { name: 'staged/promote', request: (tenant) => tenant.staged().then(() => tenant.of(promotion)) },
  { name: 'DELETE staged', request: (tenant) => tenant.staged().then(() => tenant.of('staged', 'DELETE')) },
  { name: 'rollback', request: (tenant) => tenant.promoted().then(() => tenant.of('rollback')) },
  { name: 'DELETE previous', request: (tenant) => tenant.promoted().then(() => tenant.of('previous', 'DELETE')) },
]

const mappings: readonly Operation[] = [
  {
    name: 'POST mappings',
    request: ({ id }) => [
      'POST',
      'mappings',
      [{ certificationId: id, serviceId: 'IDP', url: 'https://a.example/', name: 'm2', enable: true }],
    ],
  },
  { name: 'PUT of a mapping', request: ({ mappingId: id }) => ['PUT', `mappings/${id}`, { id, enable: false }] },
  { name: 'DELETE of a mapping', request: ({ mappingId }) => ['DELETE', `mappings/${mappingId}`], second: gone },
  { name: 'activate', request: ({ id }) => ['POST', `certificates/activate/${id}`, idp('https://a.example/')] },
  {
    name: 'activate with a call',
    request: ({ id }) => [
      'POST',
      `certificates/activate/${id}?isValidateUrlEnabled=true`,
      idp(`${scene.target.url}/two`),
    ],
  },
]

const others: readonly Operation[] = [
  { name: 'settings', request: () => settings({ unmappedCalls: 'refuse' }) },
  {
    name: 'settings that make a secret',
    request: () => settings({ webhook: { url: 'https://hooks.example/', rotateSecret: true } }),
    second: (first) => ({ ...first, webhook: { url: 'https://hooks.example/' } }),
  },
  {
    name: 'PUT of a document',
    request: () => ['PUT', 'document', { settings: { unmappedCalls: 'refuse' } }],
    second: ({ revision }) => ({ revision, applied: true }),
  },
  {
    name: 'POST app-keys',
    request: () => ['POST', 'app-keys', { label: 'x' }],
    second: ({ appSecret: _, ...first }) => first,
  },
  {
    name: 'DELETE of an app key',
    request: async ({ tenant }) => ['DELETE', `app-keys/${(await tenant.newAppKey()).appKey}`],
    second: ({ appKey }) => ({ appKey, deleted: true }),
  },
  { name: 'POST signing-keys', request: () => ['POST', 'signing-keys', { use: 'message-signature' }] },
  {
    name: 'activate a signing key',
    request: async ({ tenant }) => {
      await tenant.newSigningKey()
      return ['POST', `signing-keys/${(await tenant.newSigningKey()).kid}/activate`]
    },
  },
  {
    name: 'DELETE of a signing key',
    request: async ({ tenant }) => ['DELETE', `signing-keys/${(await tenant.newSigningKey()).kid}`],
    second: ({ kid }) => ({ kid, deleted: true }),
  },
  {
    name: 'POST handovers',
    request: (tenant) => tenant.of('handovers', 'POST', handover(tenant.mappingId)),
    second: ({ code: _code, link: _link, ...first }) => first,
  },
  {
    name: 'DELETE of a handover',
    request: async (tenant) => {
      const { body } = await tenant.send(tenant.of('handovers', 'POST', handover(tenant.mappingId)), 'made')
      return tenant.of(`handovers/${body.id}`, 'DELETE')
    },
    second: ({ id }) => ({ id, deleted: true }),
  },
  {
    name: 'POST invitations',
    request: () => ['POST', 'invitations', newInvitation()],
    second: ({ code: _code, link: _link, ...first }) => first,
  },
  {
    name: 'DELETE of an invitation',
    request: async ({ tenant }) => ['DELETE', `invitations/${(await tenant.invite()).id}`],
    second: ({ id }) => ({ id, deleted: true }),
  },
]

describe('a request that is sent again with its Idempotency-Key', () => {
  it.each([...certificates, ...rotation, ...mappings, ...others])(
    'changes nothing and is answered in the form of its first answer: $name',
    async ({ request: requestOf, second = (first) => first }) => {
      const tenant = await scene.newTenant()
      const request = await requestOf(tenant)
      const first = await tenant.send(request, 'once')
      expect([200, 201]).toContain(first.status)
      const before = await tenant.audit()

      const again = await tenant.send(request, 'once')

      expect(again).toMatchObject({ status: first.status })
      expect(again.body).toEqual(second(first.body))
      expect(await tenant.audit()).toEqual(before)
    },
  )
})
