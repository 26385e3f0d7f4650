import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { type Dispatchers, explainTransportError, type TargetCaller } from '../src/index.ts'
import { acme, globex, identityOf, openDispatchers } from './outbound-fixture.ts'

describe('dispatchers that give way', () => {
  let target: TestTarget
  let dispatchers: Dispatchers
  let first: TargetCaller
  let second: TargetCaller
  /** Answers of `/slow`, begun and not ended. */
  let slow: ServerResponse[]

  beforeEach(async () => {
    slow = []
    target = await startTestTarget({
      handler: (request, response) => {
        if (request.url !== '/slow') return void response.end('done')
        slow.push(response)
        response.write('begun ')
      },
    })
    const [one, two] = await Promise.all([
      target.clientCa.issue({ commonName: 'one' }),
      target.clientCa.issue({ commonName: 'two' }),
    ])
    first = { accountId: acme, identity: identityOf(one, 'v1') }
    second = { accountId: acme, identity: identityOf(two, 'v2') }
    open()
  })
  afterEach(async () => {
    await dispatchers.destroy()
    await target.close()
  })

  function open(settings = {}): void {
    dispatchers = openDispatchers({ extraCa: [target.ca], settings })
  }

  /** A call whose answer has begun. */
  async function begin(caller: TargetCaller) {
    const { body } = await dispatchers.acquire(caller, target.url).request({ path: '/slow', method: 'GET' })
    const code = () => body.text().catch((error) => explainTransportError(error, 'target').code)
    return { code, text: () => body.text() }
  }

  it('drop the least recently used caller where there are too many, and let its call end', async () => {
    open({ maxCallers: 2 })
    const call = await begin(first)
    dispatchers.acquire(second, target.url)
    dispatchers.acquire({ accountId: globex }, target.url)
    expect(dispatchers.stats()).toMatchObject({ callers: 2, draining: 1 })
    slow[0]?.end('ended')
    await expect(call.text()).resolves.toBe('begun ended')
  })

  it('drop the least recently used target of a caller where there are too many, and let its call end', async () => {
    open({ maxTargetsPerCaller: 2 })
    const call = await begin(first)
    for (const port of [1, 2]) dispatchers.acquire(first, `https://localhost:${port}`)
    expect(dispatchers.stats()).toMatchObject({ targets: 2, running: 1 })
    slow[0]?.end('ended')
    await expect(call.text()).resolves.toBe('begun ended')
  })

  it('let calls end when they are closed, and take no new one', async () => {
    const call = await begin(first)
    const closed = dispatchers.close()
    expect(() => dispatchers.acquire(first, target.url)).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }))
    slow[0]?.end('ended')
    await expect(call.text()).resolves.toBe('begun ended')
    await closed
  })

  it('end every call when they are destroyed', async () => {
    const call = await begin(first)
    await dispatchers.destroy()
    await expect(call.code()).resolves.toBe('SHUTTING_DOWN')
  })
})
