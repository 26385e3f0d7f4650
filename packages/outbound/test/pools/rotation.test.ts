import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { acme, get, globex, statsOf } from '../support/outbound-fixture.ts'
import { SlowCalls } from '../support/slow-calls.ts'

describe('upstreams over a rotation', () => {
  let calls: SlowCalls
  beforeEach(async () => {
    calls = await SlowCalls.start()
  })
  afterEach(() => calls.close())

  const presented = () => calls.target.seen.map(({ clientCertificate }) => clientCertificate?.commonName)

  it('let a call in flight end on the old version while new ones use the new version', async () => {
    const call = await calls.begin(calls.first)
    calls.upstreams.retain(acme, new Set(['v2']))
    await get(calls.upstreams.acquire(calls.second, calls.target.url))
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 1, draining: 1, running: 1 })
    calls.answers[0]?.end('ended')
    await expect(call.text()).resolves.toBe('begun ended')
    expect(presented()).toEqual(['one', 'two'])
  })

  it('close the old version’s connections when its last call has ended', async () => {
    const call = await calls.begin(calls.first)
    const [answer] = calls.answers
    if (!answer?.socket) throw new Error('the call has not begun')
    const closed = once(answer.socket, 'close')
    calls.upstreams.retain(acme, new Set(['v2']))
    answer.end()
    await Promise.all([call.text(), closed])
    while (statsOf(calls.upstreams).draining > 0) await new Promise(setImmediate)
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 0, targets: 0, connections: 0, running: 0, queued: 0 })
  })

  it('end a call that goes on for longer than the limit', async () => {
    await calls.reopen({ drainTimeoutMs: 20 })
    const call = await calls.begin(calls.first)
    calls.upstreams.retain(acme, new Set(['v2']))
    await expect(call.code()).resolves.toBe('CLIENT_CERTIFICATE_REPLACED')
  })

  it('make a version that comes back a new pool, and the old one drains on', async () => {
    const call = await calls.begin(calls.first)
    calls.upstreams.retain(acme, new Set(['v2']))
    calls.upstreams.retain(acme, new Set(['v1', 'v2']))
    await get(calls.upstreams.acquire(calls.first, calls.target.url))
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 1, draining: 1 })
    calls.answers[0]?.end()
    await call.text()
    await get(calls.upstreams.acquire(calls.first, calls.target.url))
    expect(calls.target.seen[2]?.socketId).toBe(calls.target.seen[1]?.socketId)
  })

  it('leave other accounts and plain TLS alone', async () => {
    calls.upstreams.acquire({ ...calls.first, accountId: globex }, calls.target.url)
    calls.upstreams.acquire({ accountId: acme }, calls.target.url)
    calls.upstreams.retain(acme, new Set())
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 2, draining: 0 })
  })

  it('end the calls of a revoked version at once, also those that drain', async () => {
    const draining = await calls.begin(calls.first)
    calls.upstreams.retain(acme, new Set(['v2']))
    const running = await calls.begin(calls.first)
    const other = await calls.begin(calls.second)
    await calls.upstreams.revoke(acme, 'v1')
    await expect(draining.code()).resolves.toBe('CLIENT_CERTIFICATE_DELETED')
    await expect(running.code()).resolves.toBe('CLIENT_CERTIFICATE_DELETED')
    calls.answers[2]?.end('ended')
    await expect(other.text()).resolves.toBe('begun ended')
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 1, draining: 0 })
  })

  it('keep a rotation under load free of failures and of wrong certificates', async () => {
    let current = calls.first
    const call = async () => {
      const { accountId, credentials } = current
      const expected = credentials?.versionId === 'v1' ? 'one' : 'two'
      await get(calls.upstreams.acquire({ accountId, credentials }, calls.target.url), `/${expected}`)
    }
    const worker = async () => {
      for (let round = 0; round < 100; round++) await call()
    }
    const rotate = async () => {
      for (let rotation = 0; rotation < 20; rotation++) {
        current = current === calls.first ? calls.second : calls.first
        calls.upstreams.retain(acme, new Set([current.credentials?.versionId ?? '']))
        await new Promise(setImmediate)
      }
    }
    await Promise.all([worker(), worker(), worker(), rotate()])
    expect(calls.target.seen).toHaveLength(300)
    expect(
      calls.target.seen.filter(({ url, clientCertificate }) => url !== `/${clientCertificate?.commonName}`),
    ).toEqual([])
  })
})
