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
  it('has one line of many late replies, and none of what was decided without Redis', async () => {
    const { tell, lines, metrics } = observed()
    for (let count = 0; count < 50; count++) tell({ type: 'redis-late' }, { type: 'nonce-refused' })
    expect(lines()).toEqual([{ level: 'warn', event: 'redis-late', times: 1 }])
    expect(await metrics()).toContain('coordination_events_total{event="redis-late"} 50')
  })
})
