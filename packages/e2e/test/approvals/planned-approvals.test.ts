import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { ApprovalRequest, Plan } from '@mtls-gateway/contract'
import { type ApiClient, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import { TestIssuer } from '../support/test-issuer.ts'
import { allScopes, type Certificate } from '../support/wire.ts'

let target: TestTarget
let issuer: TestIssuer
let system: System
let tenant: Tenant
let alice: ApiClient
let bob: ApiClient

beforeAll(async () => {
  target = await startTestTarget()
  issuer = await TestIssuer.open(target.clientCa, 7_200)
  system = await System.start({ targets: [target, issuer], configApiOnly: true, configApiEnv: issuer.env })
  tenant = await system.newTenant()
  const person = async (subject: string) =>
    system.toConfigApi({ bearer: await system.token([tenant.id], allScopes, subject) })
  alice = await person('alice')
  bob = await person('bob')
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
  await issuer?.close()
})

const planOf = async (id: number) => (await alice.json<Plan>('GET', tenant.path(`certificates/${id}/plan`))).body
const requests = async () => (await alice.json<ApprovalRequest[]>('GET', tenant.path('approvals'))).body
const decide = (client: ApiClient, id: string | undefined, verb: string) =>
  client.json('POST', tenant.path(`approvals/${id}/${verb}`))

it('a plan asks once, waits, and leaves alone what was refused', async () => {
  const validity = { notBefore: new Date(), notAfter: new Date(Date.now() + 3_600_000) }
  const identity = await target.clientCa.issue({ commonName: 'client', ...validity })
  const { certificate } = await tenant.onboard(identity, `${target.url}/a`)
  const path = `certificates/${certificate.id}`
  mustBe(200, await alice.json('PUT', tenant.path('settings'), { approvals: { actions: ['promote'] } }))
  mustBe(200, await alice.json('PUT', tenant.path(`${path}/plan`), { profile: 'test', renewAt: 0.95 }))
  mustBe(200, await alice.json('POST', tenant.path(`${path}/plan/run`)))

  const waiting = await eventually(
    () => planOf(certificate.id),
    ({ waitsFor }) => waitsFor === 'approval',
  )
  expect(waiting).toMatchObject({ next: null, attempts: 0, lastFailure: null })
  const [first, ...others] = await requests()
  expect(others).toEqual([])
  expect(first).toMatchObject({ requestedBy: 'plan', operation: 'certificates.promote', state: 'open' })
  // Setting a plan and approving what it does would be one person's work.
  expectProblem(await decide(alice, first?.id, 'approve'), 403, 'APPROVAL_OWN')
  expectProblem(await alice.json('POST', tenant.path(`${path}/plan/run`)), 409, 'PLAN_WAITS')

  mustBe(200, await decide(bob, first?.id, 'refuse'))
  expect(await planOf(certificate.id)).toMatchObject({ waitsFor: 'refusal', next: null })
  const asked = await alice.json<{ approval: ApprovalRequest }>('POST', tenant.path(`${path}/staged/promote`))
  mustBe(202, asked)
  expect(await planOf(certificate.id)).toMatchObject({ waitsFor: 'approval' })
  mustBe(200, await decide(bob, asked.body.approval.id, 'approve'))
  const { body } = await alice.json<Certificate>('GET', tenant.path(path))
  expect(body.fingerprintSha256).not.toBe(identity.fingerprintSha256)
  expect(await planOf(certificate.id)).toMatchObject({ waitsFor: null, state: 'idle' })
  expect(await requests()).toHaveLength(2)
})
