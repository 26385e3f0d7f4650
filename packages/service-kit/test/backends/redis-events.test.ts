import { describe, expect, it } from '@jest/globals'
import type { RedisEvent } from '@mtls-gateway/coordination'
import { observeRedis } from '../../src/backends/redis-events.ts'
import { createLog, ServiceMetrics } from '../../src/index.ts'
import { TestLog } from '../support/test-log.ts'

function observed() {
  const stream = new TestLog()
  const metrics = new ServiceMetrics()
  const observe = observeRedis(createLog({ service: 'test', level: 'info', stream }), metrics)
  return {
    tell: (...events: RedisEvent[]) => {
      for (const event of events) observe(event)
    },
    lines: () => stream.lines.map(({ service: _, time: __, msg: ___, ...facts }) => facts),
    metrics: () => metrics.registry.metrics(),
  }
}

describe('the log about Redis', () => {
  it("has Redis' own code where it refuses the login, once for as long as it does", () => {
    const { tell, lines } = observed()
    const refused: RedisEvent = { type: 'redis-login-refused', reason: 'WRONGPASS' }
    tell({ type: 'redis-down', reason: 'SocketClosedUnexpectedlyError' }, refused, refused, refused)
    tell({ type: 'redis-login-refused', reason: 'NOAUTH' })
    expect(lines()).toEqual([
      { level: 'warn', event: 'redis-down', reason: 'SocketClosedUnexpectedlyError' },
      { level: 'warn', event: 'redis-login-refused', reason: 'WRONGPASS', times: 1 },
      { level: 'warn', event: 'redis-login-refused', reason: 'NOAUTH', times: 1 },
    ])
  })

  it('has one line of many late replies, and none of what was decided without Redis', async () => {
    const { tell, lines, metrics } = observed()
    for (let count = 0; count < 50; count++) tell({ type: 'redis-late' }, { type: 'nonce-refused' })
    expect(lines()).toEqual([{ level: 'warn', event: 'redis-late', times: 1 }])
    expect(await metrics()).toContain('coordination_events_total{event="redis-late"} 50')
  })
})
