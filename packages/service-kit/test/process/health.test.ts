import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { CodedError } from '@mtls-gateway/domain'
import { createLog } from '../../src/index.ts'
import { Health } from '../../src/process/health.ts'
import { TestLog } from '../support/test-log.ts'
import { startTestService } from '../support/test-service.ts'

const log = createLog({ service: 'test', level: 'silent' })

function serving(options: Partial<ConstructorParameters<typeof Health>[0]>): Health {
  const health = new Health({ checks: [], log, ...options })
  health.serving()
  return health
}

const fails = () => Promise.reject(new Error('canary'))

describe('the health of a service', () => {
  it('is ok while all that it depends on answers, and degraded while something does not', async () => {
    let up = false
    const checks = [
      { name: 'store', check: async () => {} },
      { name: 'redis', check: async () => void (up || (await fails())) },
    ]
    const health = serving({ checks, cacheMs: 0 })
    expect(await health.report()).toEqual({ status: 'degraded', checks: { store: 'ok', redis: 'failing' } })
    up = true
    expect(await health.report()).toEqual({ status: 'ok', checks: { store: 'ok', redis: 'ok' } })
  })

  it('is no worse for what is off, and shows it', async () => {
    const health = serving({ checks: [{ name: 'store', check: async () => {} }], off: ['webhooks'] })
    expect(await health.report()).toEqual({ status: 'ok', checks: { store: 'ok', webhooks: 'off' } })
  })

  it('says where a later release has changed what is stored', async () => {
    const newer = new CodedError('STORE_NEWER', 'secrets.db has format 2.')
    const health = serving({ checks: [{ name: 'secret-store', check: () => Promise.reject(newer) }] })
    expect(await health.report()).toEqual({ status: 'degraded', checks: { 'secret-store': 'newer' } })
  })

  it('takes a check that throws at once for a failing one, again and again', async () => {
    let calls = 0
    const check = () => {
      calls += 1
      throw new Error('canary')
    }
    const health = serving({ checks: [{ name: 'store', check }], cacheMs: 0 })
    await health.report()
    expect((await health.report()).checks).toEqual({ store: 'failing' })
    expect(calls).toBe(2)
  })

  it('does not wait for a check that hangs, and does not begin it a second time', async () => {
    let calls = 0
    const check = () => {
      calls += 1
      return new Promise<void>(() => {})
    }
    const health = serving({ checks: [{ name: 'store', check }], deadlineMs: 5, cacheMs: 0 })
    expect((await health.report()).checks).toEqual({ store: 'timeout' })
    expect((await health.report()).checks).toEqual({ store: 'timeout' })
    expect(calls).toBe(1)
  })

  it('asks once for many probes', async () => {
    let calls = 0
    const check = async () => {
      calls += 1
    }
    const health = serving({ checks: [{ name: 'store', check }], cacheMs: 60_000 })
    await Promise.all([health.report(), health.report()])
    await health.report()
    expect(calls).toBe(1)
  })

  it('is told to the log when it changes, without the text of the error above debug', async () => {
    const stream = new TestLog()
    const health = serving({
      checks: [{ name: 'store', check: fails }],
      cacheMs: 0,
      log: createLog({ service: 'test', level: 'info', stream }),
    })
    await health.report()
    await health.report()
    expect(stream.lines).toEqual([expect.objectContaining({ level: 'warn', check: 'store', result: 'failing' })])
  })

  it('is told to the log with what a coded error says', async () => {
    const stream = new TestLog()
    const cause = new Error('canary')
    const error = new CodedError('COORDINATION_UNAVAILABLE', 'The operator restarts both.', { cause })
    const health = serving({
      checks: [{ name: 'coordination', check: () => Promise.reject(error) }],
      log: createLog({ service: 'test', level: 'info', stream }),
    })
    await health.report()
    const line = { level: 'warn', event: 'health', result: 'failing', msg: 'The operator restarts both.' }
    expect(stream.lines).toEqual([expect.objectContaining(line)])
    expect(JSON.stringify(stream.lines)).not.toContain('canary')
  })

  it('has no checks before the start is done and once the end has begun', async () => {
    const health = new Health({ checks: [{ name: 'store', check: fails }], log })
    expect(await health.report()).toEqual({ status: 'starting', checks: {} })
    health.serving()
    health.stopping()
    expect(await health.report()).toEqual({ status: 'stopping', checks: {} })
  })
})

describe('a check that is needed first', () => {
  const needed = (check: () => Promise<void>) => [
    { name: 'store', check, isNeededFirst: true },
    { name: 'redis', check: fails },
  ]

  it('keeps the service unready until it has answered once, and degrades it afterwards', async () => {
    let up = false
    const health = serving({ checks: needed(async () => void (up || (await fails()))), cacheMs: 0 })
    expect(await health.report()).toEqual({ status: 'starting', checks: { store: 'failing', redis: 'failing' } })
    up = true
    expect(await health.report()).toEqual({ status: 'degraded', checks: { store: 'ok', redis: 'failing' } })
    up = false
    expect(await health.report()).toEqual({ status: 'degraded', checks: { store: 'failing', redis: 'failing' } })
    health.stopping()
  })

  it('is tried though nobody asks for the health, until it answers', async () => {
    const stream = new TestLog()
    let calls = 0
    const check = async () => {
      calls += 1
      if (calls < 3) await fails()
    }
    const checks = [{ name: 'store', check, isNeededFirst: true }]
    const health = serving({ checks, cacheMs: 0, log: createLog({ service: 'test', level: 'info', stream }) })
    await stream.line({ event: 'first-answer', check: 'store' })
    expect(calls).toBe(3)
    health.stopping()
  })
})

describe('the health checks over HTTP', () => {
  it('answer 200 though something that the service depends on is away', async () => {
    const service = await startTestService({ checks: [{ name: 'store', check: fails }] })
    const live = await fetch(`${service.url}/health/live`)
    const ready = await fetch(`${service.url}/health/ready`)
    expect([live.status, await live.json()]).toEqual([200, { status: 'ok' }])
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'degraded', checks: { store: 'failing' } }])
    await service.stop()
  })

  it('answer HEAD without a body, and leave other methods to whoever answers the rest', async () => {
    const service = await startTestService({})
    const ready = await fetch(`${service.url}/health/ready?now`, { method: 'HEAD' })
    expect([ready.status, await ready.text()]).toEqual([200, ''])
    expect(Number(ready.headers.get('content-length'))).toBeGreaterThan(0)
    expect(ready.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(ready.headers.get('x-content-type-options')).toBe('nosniff')
    const posted = await fetch(`${service.url}/health/ready`, { method: 'POST' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    await service.stop()
  })

  it('answer 503 until what is needed first has answered once', async () => {
    let up = false
    const check = async () => void (up || (await fails()))
    const service = await startTestService({ checks: [{ name: 'store', check, isNeededFirst: true }] })
    const ready = () => fetch(`${service.url}/health/ready`)
    const cold = await ready()
    expect([cold.status, await cold.json()]).toEqual([503, { status: 'starting', checks: { store: 'failing' } }])
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200)
    up = true
    while ((await ready()).status !== 200) await delay(50)
    up = false
    await delay(1_100)
    const warm = await ready()
    expect([warm.status, await warm.json()]).toEqual([200, { status: 'degraded', checks: { store: 'failing' } }])
    await service.stop()
  })
})
