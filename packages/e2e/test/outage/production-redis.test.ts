import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ServiceProcess, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import type { ProductionBackends } from '../support/production-backends.ts'
import { type RedisOutageAccount, RedisOutageScene } from '../support/redis-outage-scene.ts'
import { send, signatureOf } from '../support/signed-call.ts'
import { longest, made, outagePauseMs, SteadyCalls, tally } from '../support/steady-calls.ts'

/** A call waits for Redis half a second at most; the rest is for a machine with other things to do. */
const boundMs = 5_000
const recoveryMs = 15_000

const outages = [
  {
    what: 'hangs (SIGSTOP)',
    begin: ({ redis }: ProductionBackends) => redis.pause(),
    end: ({ redis }: ProductionBackends) => redis.resume(),
    replayed: 'OAUTH_NONCE_REPLAYED',
  },
  {
    what: 'is killed (SIGKILL), until it is started again, empty',
    begin: ({ redis }: ProductionBackends) => redis.kill(),
    end: ({ redis }: ProductionBackends) => redis.restart(),
    replayed: 'TIMESTAMP_BEFORE_START',
  },
]

describe('a Redis that fails under traffic', () => {
  let target: TestTarget
  let scene: RedisOutageScene

  beforeAll(async () => {
    target = await startTestTarget()
    scene = await RedisOutageScene.start(target)
  })

  afterAll(async () => {
    await scene?.system.stop()
    await target?.close()
  })

  describe.each(outages)('that $what', ({ begin, end, replayed }) => {
    let account: RedisOutageAccount
    let checks: SteadyCalls
    let forwards: SteadyCalls
    let takenBefore: string

    beforeAll(async () => {
      const { strict, lenient, backends } = scene
      account = await scene.newAccount(target)
      takenBefore = signatureOf(account.forwardAt(strict))
      expect((await send(account.forwardAt(strict), takenBefore)).status).toBe(200)
      checks = new SteadyCalls(() => account.checkAt(strict, '/'), 2, outagePauseMs)
      forwards = new SteadyCalls(() => account.signedAt(lenient), 2, outagePauseMs)
      await eventually(
        async () => Math.min(checks.count, forwards.count),
        (count) => count > 5,
      )
      await begin(backends)
    })

    const eventuallyMapped = (path: string, forwarder: ServiceProcess) =>
      eventually(
        () => account.checkAt(forwarder, path),
        ({ body }) => body[0]?.doExist === true,
        recoveryMs,
      )

    /** Both services, whatever they say of themselves ready all the same. */
    const eventuallyAll = async (state: 'ok' | 'degraded') => {
      for (const client of [scene.system.toConfigApi(), scene.system.toForwarderApi()]) {
        const ready = () => client.json<{ status: string }>('GET', '/health/ready')
        const answer = await eventually(ready, ({ body }) => body.status === state, recoveryMs)
        expect(answer).toMatchObject({ status: 200, body: { checks: { 'secret-store': 'ok' } } })
      }
    }

    it('signed calls are refused with Retry-After, none hangs', async () => {
      const calls = await Promise.all([1, 2, 3].map(() => account.signedAt(scene.strict)))
      calls.push(await account.signedAt(scene.strict))
      expect(tally(calls)).toEqual({ '503 COORDINATION_UNAVAILABLE': 4 })
      for (const { headers } of calls) expect(headers['retry-after']).toMatch(/^[1-9]\d*$/)
      expect(longest(calls)).toBeLessThan(boundMs)
    })

    it('signed calls go on where NONCE_ON_OUTAGE is local; one that this forwarder has taken it does not take again', async () => {
      const call = account.forwardAt(scene.lenient)
      const authorization = signatureOf(call)
      expect((await send(call, authorization)).status).toBe(200)
      expectProblem(await send(call, authorization), 401, 'OAUTH_NONCE_REPLAYED')
    })

    it('calls go on without being recorded, which is counted; the list can not be read, and mappings can', async () => {
      const { tenant } = account
      await eventually(
        () => metricsOf(scene.lenient),
        (text) => /^recent_calls_dropped_total\{reason="unavailable"\} [1-9]/m.test(text),
      )
      expect((await account.signedAt(scene.lenient)).status).toBe(200)
      expectProblem(await tenant.api.json('GET', tenant.path('calls')), 503, 'COORDINATION_UNAVAILABLE')
      const mappings = await tenant.api.json<readonly object[]>('GET', tenant.path('mappings'))
      expect(mappings).toMatchObject({
        status: 200,
        body: [expect.not.objectContaining({ lastCalls: expect.anything() })],
      })
    })

    it('a change is made all the same, its answer says that its notice is late, and the TTL shows it', async () => {
      const change = await account.map('meanwhile')
      expect(change).toMatchObject({ status: 201, headers: { 'lp-change-notice': 'delayed' } })
      expect(change.ms).toBeLessThan(boundMs)
      await eventuallyMapped('/meanwhile', scene.strict)
    })

    it('an address is counted by each instance for itself: still no more than 150 in a second', async () => {
      const client = scene.system.toForwarderApi({}, scene.throttled)
      const started = performance.now()
      const calls = await Promise.all(
        Array.from({ length: 400 }, () => made(() => client.json('GET', account.tenant.forwardPath))),
      )
      const seconds = (performance.now() - started) / 1_000
      const { '401 CREDENTIALS_MISSING': admitted = 0, '429 RATE_LIMITED': _refused, ...others } = tally(calls)
      expect(others).toEqual({})
      expect(admitted).toBeGreaterThanOrEqual(150)
      expect(admitted).toBeLessThanOrEqual(150 * Math.ceil(seconds))
    })

    it('services are degraded, not unready, and their metrics tell of it', async () => {
      const { system, strict, lenient } = scene
      await eventuallyAll('degraded')
      const metrics = await Promise.all([system.configApi, strict, lenient].map(metricsOf))
      for (const text of metrics) expect(text).toMatch(/^redis_up 0$/m)
      expect(metrics[0]).toMatch(/^coordination_events_total\{event="rate-local"\} [1-9]/m)
      expect(metrics[1]).toMatch(/^coordination_events_total\{event="nonce-refused"\} [1-9]/m)
      expect(metrics[2]).toMatch(/^coordination_events_total\{event="nonce-local"\} [1-9]/m)
    })

    it('everything recovers by itself: signed calls, notices, also the late one, and health', async () => {
      const { strict, lenient, backends } = scene
      await end(backends)
      await eventually(
        () => account.signedAt(strict),
        ({ status }) => status === 200,
        recoveryMs,
      )
      await eventuallyMapped('/meanwhile', lenient)
      await eventuallyAll('ok')
      expect((await account.map('afterwards')).headers['lp-change-notice']).toBeUndefined()
      await eventuallyMapped('/afterwards', lenient)
      expect(await metricsOf(strict)).toMatch(/^redis_up 1$/m)
    })

    it('what was taken before it is not taken again', async () => {
      expectProblem(await send(account.forwardAt(scene.strict), takenBefore), 401, replayed)
    })

    it('calls that need no nonce, or take it locally, have not failed', async () => {
      const [checked, forwarded] = await Promise.all([checks.stop(), forwards.stop()])
      expect(tally(checked)).toEqual({ 200: checked.length })
      // Until the second is over in which a Redis that is empty began to remember: signed again, they are taken.
      const { '200': taken = 0, '401 TIMESTAMP_BEFORE_START': signedTooEarly = 0, ...others } = tally(forwarded)
      expect(others).toEqual({})
      expect(taken).toBeGreaterThan(0)
      if (replayed !== 'TIMESTAMP_BEFORE_START') expect(signedTooEarly).toBe(0)
      expect(longest([...checked, ...forwarded])).toBeLessThan(boundMs)
    })
  })
})

async function metricsOf({ managementUrl }: { readonly managementUrl: string }): Promise<string> {
  return (await fetch(`${managementUrl}/metrics`)).text()
}
