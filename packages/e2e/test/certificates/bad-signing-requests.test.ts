import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import { expectEmpty } from '../support/untouched.ts'

const subject = { commonName: 'x' }
const bad = [
  { what: 'no name', body: { subject }, code: 'VALIDATION_FAILED', says: /name/ },
  { what: 'no subject', body: { name: 'c1' }, code: 'VALIDATION_FAILED', says: /subject/ },
  { what: 'an empty subject', body: { name: 'c1', subject: {} }, code: 'VALIDATION_FAILED', says: /commonName/ },
  {
    what: 'a misspelt part',
    body: { name: 'c1', subject: { comonName: 'x' } },
    code: 'VALIDATION_FAILED',
    says: /comonName/,
  },
  {
    what: 'an empty part',
    body: { name: 'c1', subject: { commonName: ' ' } },
    code: 'VALIDATION_FAILED',
    says: /empty/,
  },
  {
    what: 'a control character',
    body: { name: 'c1', subject: { commonName: 'a\nb' } },
    code: 'VALIDATION_FAILED',
    says: /control/,
  },
  {
    what: 'a country that is none',
    body: { name: 'c1', subject: { country: 'Germany' } },
    code: 'VALIDATION_FAILED',
    says: /ISO 3166/,
  },
  {
    what: 'a long common name',
    body: { name: 'c1', subject: { commonName: 'x'.repeat(65) } },
    code: 'LIMIT_EXCEEDED',
    says: /64/,
  },
  { what: 'a long name', body: { name: 'x'.repeat(129), subject }, code: 'LIMIT_EXCEEDED', says: /128/ },
  {
    what: 'a key type that is not made here',
    body: { name: 'c1', subject, keyType: 'RSA-1024' },
    code: 'VALIDATION_FAILED',
    says: /RSA-2048/,
  },
  {
    what: 'an unknown field',
    body: { name: 'c1', subject, password: 'x' },
    code: 'VALIDATION_FAILED',
    says: /password/,
  },
  {
    what: 'too many names',
    body: { name: 'c1', subject, subjectAltNames: Array(101).fill('a.example') },
    code: 'LIMIT_EXCEEDED',
    says: /100/,
  },
  ...['not a host', 'IP:1.2.3', 'email:nobody', 'URI:no', 'DNS:-a.example', ''].map((name) => ({
    what: `the name "${name}"`,
    body: { name: 'c1', subject, subjectAltNames: [name] },
    code: 'SUBJECT_ALT_NAME_INVALID',
    says: /subjectAltNames/,
  })),
]

describe('a signing request that can not be made', () => {
  let system: SharedSystem
  let tenant: Tenant

  beforeAll(async () => {
    system = await sharedSystem()
    tenant = await system.newTenant()
  })

  afterAll(() => system?.stop())

  it.each(bad)('with $what is told why, and nothing is stored', async ({ body, code, says }) => {
    const { detail } = expectProblem(await tenant.api.json('POST', tenant.path('certificates/csr'), body), 400, code)
    expect(detail).toMatch(says)
    await expectEmpty(tenant)
  })

  it('of a certificate that is not there is told so', async () => {
    const renewal = await tenant.api.json('POST', tenant.path('certificates/1/staged/csr'), { subject })
    expectProblem(renewal, 404, 'CERTIFICATE_NOT_FOUND')
  })
})
