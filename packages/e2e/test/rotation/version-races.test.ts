import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type ApiClient,
  type ApiResponse,
  type EchoedRequest,
  type IssuedCertificate,
  type TestTarget,
} from '@mtls-gateway/test-kit'
import { recordsOf } from '../support/orphans.ts'
import { promotion, Rotation } from '../support/rotation.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { SteadyCalls, tally } from '../support/steady-calls.ts'
import { certificateEntry, lp, mustBe, type Tenant } from '../support/tenant.ts'
import type { Certificate, SaveResult } from '../support/wire.ts'

/** E2E_RACE_SECONDS=30 for a longer one. */
const seconds = Number(process.env.E2E_RACE_SECONDS ?? 10) / 2
/** How who comes too late is told. */
const lost = [
  'CERTIFICATE_NOT_FOUND',
  'CERTIFICATE_NAME_TAKEN',
  'CERTIFICATE_IN_USE',
  'STAGED_NOT_FOUND',
  'PREVIOUS_NOT_FOUND',
  'VERSION_CHANGED',
]

let target: TestTarget
let system: SharedSystem
let identities: readonly IssuedCertificate[]
let tenant: Tenant

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
  const names = ['one', 'two', 'three']
  identities = await Promise.all(names.map((commonName) => target.clientCa.issue({ commonName })))
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

type Step = (certificate: Rotation) => Promise<ApiResponse<unknown>>

const anIdentity = () => identities[Math.floor(Math.random() * identities.length)] as IssuedCertificate
const stage: Step = (certificate) => certificate.stage(anIdentity())
const promote: Step = (certificate) => certificate.post(promotion)
const rollBack: Step = (certificate) => certificate.post('rollback')
const dropStaged: Step = (certificate) => certificate.delete('staged')
const dropPrevious: Step = (certificate) => certificate.delete('previous')
const replace: Step = (certificate) => {
  const body = [{ ...certificateEntry('c1', anIdentity()), id: certificate.id }]
  return tenant.api.json('PUT', tenant.path('certificates'), body)
}
const remove: Step = (certificate) => tenant.api.json('DELETE', tenant.path(`certificates/${certificate.id}`))

/** Whatever the machine has to do beside it. */
const fewest = 10

/** Two clients that take these steps as they come, for seconds and until some have won; what they were answered. */
async function race(steps: readonly Step[], certificateNow: () => Promise<Rotation>): Promise<ApiResponse<unknown>[]> {
  const answers: ApiResponse<unknown>[] = []
  const endsAt = Date.now() + seconds * 1_000
  const client = async () => {
    while (Date.now() < endsAt || winners(answers).length <= fewest) {
      const step = steps[Math.floor(Math.random() * steps.length)] as Step
      answers.push(await step(await certificateNow()))
    }
  }
  await Promise.all([client(), client()])
  return answers
}

function winners(answers: readonly ApiResponse<unknown>[]): readonly ApiResponse<unknown>[] {
  return answers.filter(({ status }) => status < 300)
}

function expectOnlyToldLosers(answers: readonly ApiResponse<unknown>[]): void {
  const strangers = answers.filter(({ status, body }) => {
    const { code } = body as { code?: string }
    return status !== 200 && status !== 201 && !(code !== undefined && lost.includes(code))
  })
  expect(strangers.map(({ status, body }) => [status, body])).toEqual([])
  const won = winners(answers)
  expect(won.length).toBeGreaterThan(fewest)
  expect(won.length).toBeLessThan(answers.length)
}

/** Every version that is shown is whole, and as many records are stored as are named. */
async function expectConsistent(): Promise<void> {
  const { body } = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))
  const fingerprints = identities.map(({ fingerprintSha256 }) => fingerprintSha256)
  for (const certificate of body) {
    for (const version of [certificate, certificate.staged, certificate.previous]) {
      if (version === undefined) continue
      expect(version.status).toBe('Available')
      expect(fingerprints).toContain(version.fingerprintSha256)
    }
  }
  const store = system.openStore()
  const records = await recordsOf(store).finally(() => store.close())
  expect(records.get(tenant.id)?.stored).toEqual(records.get(tenant.id)?.named)
}

describe('two clients that change the same certificate at once', () => {
  it('leave one consistent state whoever wins, and each who loses is told, while every call goes through', async () => {
    tenant = await system.newTenant()
    const { certificate } = await tenant.onboard(anIdentity(), `${target.url}/`)
    const caller: ApiClient = await tenant.newCaller()
    const forward = () => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(`${target.url}/`))
    const calls = new SteadyCalls(forward, 4)
    const rotation = new Rotation(tenant, certificate.id)
    const answers = await race([stage, promote, replace, rollBack, dropStaged, remove], async () => rotation)
    expect(tally(await calls.stop())).toEqual({ '200': expect.any(Number) })
    expectOnlyToldLosers(answers)
    await expectConsistent()
  })

  it('leave one consistent state although it is deleted and made anew among all that', async () => {
    tenant = await system.newTenant()
    let id = (await tenant.saveCertificate('c1', anIdentity())).id
    const madeAnew: Step = async () => {
      const body = [certificateEntry('c1', anIdentity())]
      const saved = await tenant.api.json<SaveResult>('POST', tenant.path('certificates'), body)
      if (saved.status === 201) id = saved.body.successfulySavedCertificates[0]?.id ?? id
      return saved
    }
    const steps = [stage, promote, replace, rollBack, dropStaged, dropPrevious, remove, madeAnew, madeAnew]
    const answers = await race(steps, async () => new Rotation(tenant, id))
    expectOnlyToldLosers(answers)
    await expectConsistent()
    mustBe(200, await tenant.api.json('GET', tenant.path('certificates')))
  })
})
