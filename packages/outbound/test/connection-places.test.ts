import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { createCa, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { connectionPlaceLimits, createTargetTrust, type Dispatchers, type TargetCaller } from '../src/index.ts'
import { until } from './http1/raw-target.ts'
import { acme, get, globex, openDispatchers } from './outbound-fixture.ts'

let target: TestTarget
let places: Bulkhead
let dispatchers: Dispatchers
/** The answers that are held back. */
let held: (() => void)[]
/** Callers of one account, each with connections of its own. */
let callers: TargetCaller[]

beforeEach(async () => {
  held = []
  target = await startTestTarget({
    requireClientCertificate: false,
    handler: ({ url }, response) => {
      if (url === '/held') held.push(() => response.end('late'))
      else response.end('now')
    },
  })
  places = new Bulkhead('target-connections', { ...connectionPlaceLimits(4), share: 2, reserve: 1 })
  dispatchers = openDispatchers({ extraCa: [target.ca], connections: places })
  const lists = await Promise.all(['one', 'two', 'three'].map((name) => createCa({ name })))
  callers = lists.map(({ certificate }) => ({
    accountId: acme,
    trust: createTargetTrust({ caCertificates: target.ca + certificate }),
  }))
})
afterEach(async () => {
  await dispatchers.destroy()
  await target.close()
})

const call = (caller: TargetCaller | undefined, path = '/') => {
  if (caller === undefined) throw new TypeError('there is no such caller')
  return get(dispatchers.acquire(caller, target.url), path)
}

describe('connections of an account that has all that it may have', () => {
  it('give way to a new one where they are idle', async () => {
    for (const caller of [...callers, ...callers]) {
      expect(await call(caller)).toMatchObject({ status: 200 })
      expect(places.state().inUse).toBeLessThanOrEqual(2)
    }
  })

  it('are not ended for a new one where they are in use, and leave places to others', async () => {
    const busy = callers.slice(0, 2).map((caller) => call(caller, '/held'))
    await until(() => held.length === 2)
    await expect(call(callers[2])).rejects.toMatchObject({ code: 'TOO_MANY_CALLS', retryAfterSeconds: 1 })
    expect(await call({ accountId: globex })).toMatchObject({ status: 200 })
    for (const end of held) end()
    expect(await Promise.all(busy)).toMatchObject([{ body: 'late' }, { body: 'late' }])
    expect(await call(callers[2])).toMatchObject({ status: 200 })
  })

  it('give their places back when they close, and when they are not made', async () => {
    await call(callers[0])
    await expect(get(dispatchers.acquire({ accountId: acme }, 'https://localhost:1'))).rejects.toThrow()
    expect(places.state().inUse).toBe(1)
    await dispatchers.destroy()
    await until(() => places.state().inUse === 0)
  })
})
