import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { get, globex, statsOf } from '../support/outbound-fixture.ts'
import { SlowCalls } from '../support/slow-calls.ts'

describe('upstreams that give way', () => {
  let calls: SlowCalls
  beforeEach(async () => {
    calls = await SlowCalls.start()
  })
  afterEach(() => calls.close())

  it('drop the least recently used identity where there are too many, and let its call end', async () => {
    await calls.reopen({ maxIdentities: 2 })
    const call = await calls.begin(calls.first)
    calls.upstreams.acquire(calls.second, calls.target.url)
    calls.upstreams.acquire({ accountId: globex }, calls.target.url)
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 2, draining: 1 })
    calls.answers[0]?.end('ended')
    await expect(call.text()).resolves.toBe('begun ended')
  })

  it('forget a target that has neither connections nor calls any more', async () => {
    for (const port of [1, 2]) {
      await expect(get(calls.upstreams.acquire(calls.first, `https://localhost:${port}`))).rejects.toThrow()
    }
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 1, targets: 0 })
    const call = await calls.begin(calls.first)
    expect(statsOf(calls.upstreams)).toMatchObject({ targets: 1, running: 1 })
    calls.answers[0]?.end('ended')
    await expect(call.text()).resolves.toBe('begun ended')
    expect(statsOf(calls.upstreams)).toMatchObject({ targets: 1, running: 0 })
  })

  it('let calls end when they are closed, and take no new one', async () => {
    const call = await calls.begin(calls.first)
    const closed = calls.upstreams.close()
    expect(() => calls.upstreams.acquire(calls.first, calls.target.url)).toThrow(
      expect.objectContaining({ code: 'SHUTTING_DOWN' }),
    )
    calls.answers[0]?.end('ended')
    await expect(call.text()).resolves.toBe('begun ended')
    await closed
  })

  it('end every call when they are destroyed', async () => {
    const call = await calls.begin(calls.first)
    await calls.upstreams.destroy()
    await expect(call.code()).resolves.toBe('SHUTTING_DOWN')
  })
})
