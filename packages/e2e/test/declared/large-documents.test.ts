import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { AccountDocument, AppliedDocument, DocumentRequest } from '@mtls-gateway/contract'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { mustBe } from '../support/tenant.ts'
import { TestIssuer } from '../support/test-issuer.ts'

const certificateCount = 500
const mappingCount = 5_000

let target: TestTarget
let issuer: TestIssuer
let system: System

beforeAll(async () => {
  target = await startTestTarget()
  issuer = await TestIssuer.open(target.clientCa, 7_200)
  // The plans order later: this is about the document.
  issuer.behave({ mode: 'silent' })
  system = await System.start({ targets: [target, issuer], configApiOnly: true, configApiEnv: issuer.env })
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
  await issuer?.close()
})

const numbered = <Entry>(count: number, prefix: string, entry: (at: number) => Entry) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, entry(at)]))

describe('a document of 5,000 mappings and 500 certificates', () => {
  it('is one change, which another account need not wait for, and says nothing when it comes again', async () => {
    const tenant = await system.newTenant()
    const other = await system.newTenant()
    const document: DocumentRequest = {
      certificates: numbered(certificateCount, 'c', () => ({ plan: { profile: 'test' } })),
      mappings: numbered(mappingCount, 'm', (at) => ({
        ...{
          service: 'IDP',
          url: `https://t${at % 50}.example/accounts/${at}`,
          certificate: `c${at % certificateCount}`,
        },
      })),
    }
    const apply = () => tenant.api.json<AppliedDocument>('PUT', tenant.path('document'), document)
    const applying = apply()
    const meanwhile = await other.api.json('GET', other.path('mappings'))
    expect(meanwhile.status).toBe(200)
    const applied = await applying
    mustBe(200, applied)
    expect(applied.body).toMatchObject({ revision: 1, applied: true, kept: 0 })
    expect(applied.body.changes).toHaveLength(certificateCount + mappingCount)
    const { body } = await tenant.api.json<AccountDocument>('GET', tenant.path('document'))
    expect(Object.keys(body.certificates)).toHaveLength(certificateCount)
    expect(Object.keys(body.mappings)).toHaveLength(mappingCount)
    expect((await apply()).body).toMatchObject({ applied: false, changes: [] })
  })

  it('orders no more certificates than it may', async () => {
    const tenant = await system.newTenant()
    const certificates = numbered(certificateCount + 1, 'c', () => ({ plan: { profile: 'test' } }))
    const answer = await tenant.api.json('PUT', tenant.path('document'), { certificates })
    expectProblem(answer, 400, 'LIMIT_EXCEEDED')
  })
})
