import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Production, startProduction } from '../support/production-system.ts'

describe('the throttle over two forwarders', () => {
  let production: Production

  beforeAll(async () => {
    production = await startProduction({ env: { THROTTLE_PER_SECOND: '150' }, moreForwarders: [{}] })
  })

  afterAll(() => production?.stop())

  it('counts an address once for both: 150 in any second', async () => {
    const { system } = production
    const forwarders = [system.forwarderApi, ...system.moreForwarders]
    expect(forwarders).toHaveLength(2)
    const clients = forwarders.map((forwarder) => system.toForwarderApi({}, forwarder))
    const started = performance.now()
    const statuses = await Promise.all(
      Array.from({ length: 400 }, async (_, index) => {
        const answer = await clients[index % 2]?.json('GET', '/mtls/account/le123')
        return { status: answer?.status, at: performance.now() - started }
      }),
    )
    const admitted = statuses.filter(({ status }) => status === 401).length
    const seconds = Math.max(...statuses.map(({ at }) => at)) / 1_000
    expect(statuses.every(({ status }) => status === 401 || status === 429)).toBe(true)
    // Whatever the machine's speed: 150 for each second that the burst took, begun ones included.
    expect(admitted).toBeGreaterThanOrEqual(150)
    expect(admitted).toBeLessThanOrEqual(150 * Math.ceil(seconds))
  })
})
