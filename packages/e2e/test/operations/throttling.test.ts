import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiClient, ApiResponse } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'

describe('the throttle', () => {
  let system: System

  beforeAll(async () => {
    // The default limit; callers are told apart by what the one trusted proxy says.
    system = await System.start({ env: { THROTTLE_PER_SECOND: '150', TRUSTED_PROXIES: '127.0.0.1' } })
  })

  afterAll(() => system?.stop())

  const services = [
    { service: 'config-api', client: () => system.toConfigApi(), path: '/mtls/account/a/certificates' },
    { service: 'forwarder-api', client: () => system.toForwarderApi(), path: '/mtls/account/a' },
  ]

  const ask = (client: ApiClient, path: string, ip: string) =>
    client.raw({ method: 'GET', path, headers: { 'x-forwarded-for': ip } })

  /** Without credentials: counting comes before them. */
  async function burst(client: ApiClient, path: string, ip: string, count: number) {
    const startedAt = performance.now()
    const answers = await Promise.all(Array.from({ length: count }, () => ask(client, path, ip)))
    const seconds = (performance.now() - startedAt) / 1000
    const throttled = answers.filter(({ status }) => status === 429)
    return { admitted: count - throttled.length, throttled, seconds }
  }

  let addresses = 0
  /** One that has sent nothing yet. */
  const newAddress = () => `198.51.100.${++addresses}`
  /** Bursts until one is throttled: a busy machine may take so long for all of it that none is too many. */
  const untilThrottled = <T extends { readonly throttled: readonly unknown[] }>(bursts: (ip: string) => Promise<T>) =>
    eventually(
      () => bursts(newAddress()),
      ({ throttled }) => throttled.length > 0,
    )

  it.each(services)('of $service lets 150 through in a second, and answers 429 beyond', async ({ client, path }) => {
    const crowd = client()
    const { admitted, throttled, seconds } = await untilThrottled((ip) => burst(crowd, path, ip, 500))
    expect(admitted).toBeGreaterThanOrEqual(150)
    // Exactly 150 if it took less than a second, and never more than that in any one.
    expect(admitted).toBeLessThanOrEqual(150 * Math.ceil(seconds))
    for (const answer of throttled) expectRetryable(answer)
  })

  it.each(services)('of $service counts each address by itself', async ({ client, path }) => {
    const crowded = client()
    const { other } = await untilThrottled(async (ip) => {
      const [busy, other] = await Promise.all([burst(crowded, path, ip, 400), burst(crowded, path, newAddress(), 20)])
      return { throttled: busy.throttled, other }
    })
    expect(other.throttled).toEqual([])
  })

  it('counts IPv6 by its /56', async () => {
    const client = system.toConfigApi()
    const path = '/mtls/account/a/certificates'
    const [one, same, other] = await Promise.all([
      burst(client, path, '2001:db8:1:2::1', 200),
      burst(client, path, '2001:db8:1:ff:ffff::2', 200),
      burst(client, path, '2001:db8:1:102::1', 20),
    ])
    const seconds = Math.max(one.seconds, same.seconds)
    expect(one.admitted + same.admitted).toBeLessThanOrEqual(150 * Math.ceil(seconds))
    expect(other.throttled).toEqual([])
  })

  it('takes the address that the trusted proxy saw, not those that the caller wrote before it', async () => {
    const client = system.toConfigApi()
    const path = '/mtls/account/a/certificates'
    const startedAt = performance.now()
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, index) => ask(client, path, `10.0.0.${index % 250}, 192.0.2.20`)),
    )
    const seconds = Math.ceil((performance.now() - startedAt) / 1000)
    expect(answers.filter(({ status }) => status !== 429).length).toBeLessThanOrEqual(150 * seconds)
  })

  it('exempts health checks, and each service has its own', async () => {
    const [config, forwarder] = [system.toConfigApi(), system.toForwarderApi()]
    const { failed, elsewhere } = await untilThrottled(async (ip) => {
      const [{ throttled }, others, elsewhere] = await Promise.all([
        burst(config, '/mtls/account/a/certificates', ip, 600),
        Promise.all([
          ...Array.from({ length: 200 }, () => ask(config, '/health/live', ip)),
          ...Array.from({ length: 20 }, () => ask(config, '/health/ready', ip)),
        ]),
        burst(forwarder, '/mtls/account/a', ip, 20),
      ])
      return { throttled, failed: others.filter(({ status }) => status !== 200), elsewhere }
    })
    expect(failed).toEqual([])
    expect(elsewhere.throttled).toEqual([])
  })

  it('lets a client in again after Retry-After, at its full rate', async () => {
    const client = system.toForwarderApi()
    const { ip, throttled } = await untilThrottled(async (ip) => ({
      ip,
      ...(await burst(client, '/mtls/account/a', ip, 400)),
    }))
    await setTimeout(Number(throttled.at(-1)?.headers['retry-after']) * 1_000)
    const again = await burst(client, '/mtls/account/a', ip, 150)
    expect(again.throttled).toEqual([])
  })

  function expectRetryable(answer: ApiResponse<Buffer>): void {
    expectProblem(answer, 429, 'RATE_LIMITED')
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/)
  }
})

describe('the throttle without a trusted proxy', () => {
  it('does not believe X-Forwarded-For', async () => {
    const system = await System.start({ env: { THROTTLE_PER_SECOND: '150' } })
    try {
      const client = system.toConfigApi()
      const startedAt = performance.now()
      const answers = await Promise.all(
        Array.from({ length: 400 }, (_, index) =>
          client.raw({
            method: 'GET',
            path: '/mtls/account/a/certificates',
            headers: { 'x-forwarded-for': `10.0.0.${index % 250}` },
          }),
        ),
      )
      const seconds = Math.ceil((performance.now() - startedAt) / 1000)
      expect(answers.filter(({ status }) => status !== 429).length).toBeLessThanOrEqual(150 * seconds)
    } finally {
      await system.stop()
    }
  })
})
