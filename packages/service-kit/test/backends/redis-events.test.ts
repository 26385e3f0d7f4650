import { describe, expect, it } from '@jest/globals'
import type { RedisEvent, RedisMemory } from '@mtls-gateway/coordination'
import { observeRedis } from '../../src/backends/redis.ts'
import { createLog, ServiceMetrics } from '../../src/index.ts'
import { TestLog } from '../support/test-log.ts'

function observed() {
  const stream = new TestLog()
  const metrics = new ServiceMetrics('test')
  const observe = observeRedis(createLog({ service: 'test', level: 'info', stream }), metrics)
  return {
    tell: (...events: RedisEvent[]) => {
      for (const event of events) observe(event)
    },
    lines: () => stream.lines.map(({ service: _, time: __, msg: ___, ...facts }) => facts),
    metrics: () => metrics.registry.metrics(),
  }
}

const mebibyte = 2 ** 20
const memory = (usedMib: number, more: Partial<RedisMemory> = {}): RedisEvent => ({
  type: 'redis-memory',
  usedBytes: usedMib * mebibyte,
  maxBytes: 100 * mebibyte,
  policy: 'noeviction',
  evictedKeys: 0,
  ...more,
})

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

describe('the memory of Redis', () => {
  it('is in no metric before it is known, and then in all', async () => {
    const { tell, metrics } = observed()
    expect(await metrics()).not.toContain('redis_memory')
    tell(memory(10, { evictedKeys: 3 }))
    const text = await metrics()
    for (const line of [
      `redis_memory_used_bytes ${10 * mebibyte}`,
      `redis_memory_max_bytes ${100 * mebibyte}`,
      'redis_evicted_keys 3',
      'redis_evicts 0',
    ]) {
      expect(text).toContain(`\n${line}\n`)
    }
  })

  it('may be freed by eviction, which a metric tells, unless the policy is not known', async () => {
    const { tell, metrics } = observed()
    tell(memory(1, { policy: '', evictedKeys: 5 }))
    expect(await metrics()).toContain('\nredis_evicts 0\n')
    tell(memory(1, { policy: 'allkeys-lru', evictedKeys: 7 }))
    expect(await metrics()).toMatch(/\nredis_evicted_keys 7\n[\s\S]*\nredis_evicts 1\n/)
  })
})
