import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { type Dispatchers, explainTransportError, type TargetCaller } from '../src/index.ts'
import { acme, get, globex, identityOf, openDispatchers } from './outbound-fixture.ts'

describe('dispatchers over a rotation', () => {
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

  const presented = () => target.seen.map(({ clientCertificate }) => clientCertificate?.commonName)

  it('let a call in flight end on the old version while new ones use the new version', async () => {
    const call = await begin(first)
    dispatchers.retain(acme, new Set(['v2']))
    await get(dispatchers.acquire(second, target.url))
    expect(dispatchers.stats()).toMatchObject({ callers: 1, draining: 1, running: 1 })
    slow[0]?.end('ended')
    await expect(call.text()).resolves.toBe('begun ended')
    expect(presented()).toEqual(['one', 'two'])
  })

  it('close the old version’s connections when its last call has ended', async () => {
    const call = await begin(first)
    const [answer] = slow
    if (!answer?.socket) throw new Error('the call has not begun')
    const closed = once(answer.socket, 'close')
    dispatchers.retain(acme, new Set(['v2']))
    answer.end()
    await Promise.all([call.text(), closed])
    while (dispatchers.stats().draining > 0) await new Promise(setImmediate)
    expect(dispatchers.stats()).toMatchObject({ callers: 0, targets: 0, connections: 0, running: 0, queued: 0 })
  })

  it('end a call that goes on for longer than the limit', async () => {
    open({ drainTimeoutMs: 20 })
    const call = await begin(first)
    dispatchers.retain(acme, new Set(['v2']))
    await expect(call.code()).resolves.toBe('CLIENT_CERTIFICATE_REPLACED')
  })

  it('make a version that comes back a new dispatcher, and the old one drains on', async () => {
    const call = await begin(first)
    dispatchers.retain(acme, new Set(['v2']))
    dispatchers.retain(acme, new Set(['v1', 'v2']))
    await get(dispatchers.acquire(first, target.url))
    expect(dispatchers.stats()).toMatchObject({ callers: 1, draining: 1 })
    slow[0]?.end()
    await call.text()
    await get(dispatchers.acquire(first, target.url))
    expect(target.seen[2]?.socketId).toBe(target.seen[1]?.socketId)
  })

  it('leave other accounts and plain TLS alone', async () => {
    dispatchers.acquire({ ...first, accountId: globex }, target.url)
    dispatchers.acquire({ accountId: acme }, target.url)
    dispatchers.retain(acme, new Set())
    expect(dispatchers.stats()).toMatchObject({ callers: 2, draining: 0 })
  })

  it('end the calls of a revoked version at once, also those that drain', async () => {
    const draining = await begin(first)
    dispatchers.retain(acme, new Set(['v2']))
    const running = await begin(first)
    const other = await begin(second)
    await dispatchers.revoke(acme, 'v1')
    await expect(draining.code()).resolves.toBe('CLIENT_CERTIFICATE_DELETED')
    await expect(running.code()).resolves.toBe('CLIENT_CERTIFICATE_DELETED')
    slow[2]?.end('ended')
    await expect(other.text()).resolves.toBe('begun ended')
    expect(dispatchers.stats()).toMatchObject({ callers: 1, draining: 0 })
  })

  it('keep a rotation under load free of failures and of wrong certificates', async () => {
    let current = first
    const call = async () => {
      const { accountId, identity } = current
      const expected = identity?.versionId === 'v1' ? 'one' : 'two'
      await get(dispatchers.acquire({ accountId, identity }, target.url), `/${expected}`)
    }
    const worker = async () => {
      for (let round = 0; round < 100; round++) await call()
    }
    const rotate = async () => {
      for (let rotation = 0; rotation < 20; rotation++) {
        current = current === first ? second : first
        dispatchers.retain(acme, new Set([current.identity?.versionId ?? '']))
        await new Promise(setImmediate)
      }
    }
    await Promise.all([worker(), worker(), worker(), rotate()])
    expect(target.seen).toHaveLength(300)
    expect(target.seen.filter(({ url, clientCertificate }) => url !== `/${clientCertificate?.commonName}`)).toEqual([])
  })
})
