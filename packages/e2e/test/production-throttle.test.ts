import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { describeProduction, Production } from './support/production.ts'

describeProduction('the throttle over two forwarders', () => {
  let target: TestTarget
  let production: Production

  beforeAll(async () => {
    target = await startTestTarget()
    production = await Production.start(target.ca, { THROTTLE_PER_SECOND: '150' })
  }, 60_000)

  afterAll(async () => {
    await production?.stop()
    await target?.close()
  }, 60_000)

  it('counts an address once for both: 150 in any second', async () => {
    const started = performance.now()
    const statuses = await Promise.all(
      Array.from({ length: 400 }, async (_, index) => {
        const { status } = await production.toForwarder(index % 2).json('GET', '/mtls/account/le123')
        return { status, at: performance.now() - started }
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
