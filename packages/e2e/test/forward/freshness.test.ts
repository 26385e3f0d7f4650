import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import type { RunningSystem } from '../support/running-system.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

let shared: SharedSystem
let target: TestTarget

beforeAll(async () => {
  shared = await sharedSystem()
  target = await shared.startTarget()
})

afterAll(async () => {
  await shared?.stop()
  await target?.close()
})

/** A tenant with a certificate, whose account the forwarder has in its cache. */
async function cached(system: RunningSystem, tenant: Tenant, url: string) {
  const identity = await target.clientCa.issue({ commonName: tenant.id })
  const { id: certificationId } = await tenant.saveCertificate('c1', identity)
  const caller = await tenant.newCaller()
  const forward = () => caller.json('GET', tenant.forwardPath, undefined, lp(url))
  const entry = { serviceName: 'IDP', accountId: tenant.id, url }
  const exists = async () => {
    const { body } = await caller.json<{ doExist: boolean }[]>('POST', '/mtls/mapping?v=2', [entry])
    return body[0]?.doExist
  }
  // The target wants a certificate: unmapped, the call fails.
  expect((await forward()).status).toBe(424)
  expect(await exists()).toBe(false)
  const map = () => tenant.map({ certificationId, serviceId: 'IDP', url, name: 'm1' })
  return { forward, exists, map, certificationId, system }
}

// By its notice: without one, a copy is served for 5 minutes, far longer than these tests wait.
describe('a change while the forwarder runs', () => {
  it('serves calls soon after the answer: made, disabled, enabled, deleted', async () => {
    const tenant = await shared.newTenant()
    const url = `${target.url}/changes`
    const { forward, exists, map } = await cached(shared, tenant, url)

    const mapping = await map()
    const mapped = await eventually(forward, ({ status }) => status !== 424)
    expect(mapped).toMatchObject({ status: 200, body: { clientCertificate: { commonName: tenant.id } } })
    expect(await exists()).toBe(true)

    const path = tenant.path(`mappings/${mapping.id}`)
    await tenant.api.json('PUT', path, { ...mapping, enable: false })
    expectProblem(await eventually(forward, ({ status }) => status !== 200), 424, 'MAPPING_DISABLED')
    expect(await exists()).toBe(false)

    await tenant.api.json('PUT', path, { ...mapping, enable: true })
    await eventually(forward, ({ status }) => status === 200)

    await tenant.api.json('DELETE', path)
    const unmapped = await eventually(forward, ({ status }) => status !== 200)
    expect(unmapped.status).toBe(424)
    expect(unmapped.headers['lp-error-from-transport']).toBe('TARGET_REQUIRES_CLIENT_CERTIFICATE')
    expect(await exists()).toBe(false)
  })

  it('reaches an account that the forwarder has looked for in vain', async () => {
    const client = shared.toForwarderApi({ bearer: await shared.token() })
    const identity = await target.clientCa.issue({ commonName: 'new' })
    const url = `${target.url}/new`
    /** How long after the search in vain the account was found, in milliseconds. */
    const found = async () => {
      const tenant = await shared.newTenant()
      const entry = { serviceName: 'IDP', accountId: tenant.id, url }
      const check = () => client.json<{ doExist: boolean }[]>('POST', '/mtls/mapping?v=2', [entry])
      const searched = performance.now()
      expect(await check()).toMatchObject({ status: 200, body: [{ doExist: false }] })
      await tenant.onboard(identity, url)
      await eventually(check, ({ status, body }) => status === 200 && body[0]?.doExist === true)
      return performance.now() - searched
    }
    // Without a notice, an account is looked for again after 5 s. On a busy machine its making may take that long.
    await eventually(found, (ms) => ms < 4_500)
  })
})

describe('a change of which no notice arrives', () => {
  let system: System

  beforeAll(async () => {
    system = await System.start({ targets: [target], env: { ACCOUNT_TTL: '2s' }, unheard: true })
  })

  afterAll(() => system?.stop())

  it('serves calls that start one TTL after the answer', async () => {
    const tenant = await system.newTenant()
    const { forward, exists, map } = await cached(system, tenant, `${target.url}/unheard`)
    await map()
    const answered = Date.now()
    await setTimeout(2_000 - (Date.now() - answered))
    expect(await forward()).toMatchObject({ status: 200, body: { clientCertificate: { commonName: tenant.id } } })
    expect(await exists()).toBe(true)
  })

  it('is cached until then: the store is not asked for each call', async () => {
    const checksOfNewMapping = async () => {
      const tenant = await system.newTenant()
      const { exists, map } = await cached(system, tenant, `${target.url}/cached`)
      const answers: (boolean | undefined)[] = []
      await map()
      const until = Date.now() + 2_000
      while (Date.now() < until) {
        answers.push(await exists())
        await setTimeout(50)
      }
      return answers
    }
    // Loads at most every two seconds: the first checks see the account as it was, unless its change took that long.
    const answers = await eventually(checksOfNewMapping, ([first]) => first === false)
    expect(answers.at(-1)).toBeDefined()
    // Once seen, a change stays.
    expect(answers.slice(answers.indexOf(true)).every(Boolean) || !answers.includes(true)).toBe(true)
  })
})
