import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestTarget } from '@mtls-gateway/test-kit'
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

describe('a change while the forwarder runs', () => {
  it('serves calls that start a second after the answer: made, disabled, enabled, deleted', async () => {
    const tenant = await shared.newTenant()
    const url = `${target.url}/changes`
    const { forward, exists, map } = await cached(shared, tenant, url)

    const mapping = await map()
    await setTimeout(1_000)
    expect(await forward()).toMatchObject({ status: 200, body: { clientCertificate: { commonName: tenant.id } } })
    expect(await exists()).toBe(true)

    const path = tenant.path(`mappings/${mapping.id}`)
    await tenant.api.json('PUT', path, { ...mapping, enable: false })
    await setTimeout(1_000)
    expectProblem(await forward(), 424, 'MAPPING_DISABLED')
    expect(await exists()).toBe(false)

    await tenant.api.json('PUT', path, { ...mapping, enable: true })
    await setTimeout(1_000)
    expect((await forward()).status).toBe(200)

    await tenant.api.json('DELETE', path)
    await setTimeout(1_000)
    expect(await forward()).toMatchObject({ status: 424 })
    expect((await forward()).headers['lp-error-from-transport']).toBe('TARGET_REQUIRES_CLIENT_CERTIFICATE')
    expect(await exists()).toBe(false)
  })

  it('reaches an account that the forwarder has looked for in vain', async () => {
    const tenant = await shared.newTenant()
    const bearer = await shared.token()
    const entry = { serviceName: 'IDP', accountId: tenant.id, url: `${target.url}/new` }
    const check = () => shared.toForwarderApi({ bearer }).json('POST', '/mtls/mapping?v=2', [entry])
    expect(await check()).toMatchObject({ status: 200, body: [{ doExist: false }] })
    await tenant.onboard(await target.clientCa.issue({ commonName: 'new' }), entry.url)
    await setTimeout(1_000)
    expect(await check()).toMatchObject({ status: 200, body: [{ doExist: true }] })
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
    const tenant = await system.newTenant()
    const { exists, map } = await cached(system, tenant, `${target.url}/cached`)
    // Loads at most every two seconds: of the checks in less than that, most see the account as it was.
    const answers: (boolean | undefined)[] = []
    await map()
    const until = Date.now() + 2_000
    while (Date.now() < until) {
      answers.push(await exists())
      await setTimeout(50)
    }
    expect(answers.at(-1)).toBeDefined()
    expect(answers.indexOf(true)).not.toBe(0)
    // Once seen, a change stays.
    expect(answers.slice(answers.indexOf(true)).every(Boolean) || !answers.includes(true)).toBe(true)
  })
})
