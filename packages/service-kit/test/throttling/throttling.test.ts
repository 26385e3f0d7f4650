import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { openEmbeddedCoordination } from '@mtls-gateway/coordination'
import type { CanActivate } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { withSecretFile } from '../support/proxies.ts'
import { TestController } from '../support/test-controller.ts'
import { startTestService, type TestService } from '../support/test-service.ts'
import { TurnedCounter } from '../support/turned-counter.ts'

let service: TestService
afterEach(() => service.stop())

const status = async (path: string, headers: Record<string, string> = {}) =>
  (await fetch(service.url + path, { headers })).status

describe('a client that sends too much', () => {
  it('gets 429 with Retry-After, whichever handlers it calls', async () => {
    service = await startTestService({ rateCounter: new TurnedCounter(2) })
    expect([await status('/accounts/a/things'), await status('/fail/coded')]).toEqual([200, 503])
    const response = await fetch(`${service.url}/accounts/a/things`)
    expect(response.headers.get('retry-after')).toBe('1')
    expect([response.status, await response.json()]).toMatchObject([429, { code: 'RATE_LIMITED' }])
  })

  it('at 160 requests a second is not halved: 150 pass in each second', async () => {
    const counter = new TurnedCounter(150)
    service = await startTestService({ rateCounter: counter })
    const passed: number[] = []
    for (let second = 0; second < 4; second += 1) {
      let admitted = 0
      for (let request = 0; request < 160; request += 1) {
        counter.now += 6.25
        if ((await status('/accounts/a/things')) === 200) admitted += 1
      }
      passed.push(admitted)
    }
    expect(passed).toEqual([150, 150, 150, 150])
  })

  it('is counted before its credentials are looked at', async () => {
    class Deny implements CanActivate {
      canActivate = () => false
    }
    class DenyingModule {}
    service = await startTestService({
      rateCounter: new TurnedCounter(1),
      module: {
        module: DenyingModule,
        controllers: [TestController],
        providers: [{ provide: APP_GUARD, useClass: Deny }],
      },
    })
    expect([await status('/accounts/a/things'), await status('/accounts/a/things')]).toEqual([403, 429])
  })

  it.each(['/nowhere', '/docs-json'])('is counted at %s, which no controller answers', async (path) => {
    service = await startTestService({ rateCounter: new TurnedCounter(1) })
    await status(path)
    expect(await status(path)).toBe(429)
  })

  it.each(['/accounts/a/things', '/nowhere', '/%zz'])(
    'is refused at %s by a counter that answers later',
    async (path) => {
      service = await startTestService({ rateCounter: { admit: async () => ({ admitted: false, retryAfterMs: 20 }) } })
      expect([await status(path), await status('/health/live')]).toEqual([429, 200])
    },
  )

  it('does not make the health checks fail', async () => {
    service = await startTestService({ rateCounter: new TurnedCounter(1) })
    const paths = ['/accounts/a/things', '/health/live', '/health/ready', '/health/live']
    expect(await Promise.all(paths.map((path) => status(path)))).toEqual([200, 200, 200, 200])
  })

  it('can not get a fresh count by X-Forwarded-For, unless a proxy is trusted', async () => {
    service = await startTestService({ rateCounter: new TurnedCounter(1) })
    expect(await status('/accounts/a/things', { 'x-forwarded-for': '198.51.100.1' })).toBe(200)
    expect(await status('/accounts/a/things', { 'x-forwarded-for': '198.51.100.2' })).toBe(429)
    await service.stop()
    service = await startTestService({ rateCounter: new TurnedCounter(1) }, { TRUSTED_PROXIES: '127.0.0.1' })
    expect(await status('/accounts/a/things', { 'x-forwarded-for': '198.51.100.1' })).toBe(200)
    expect(await status('/accounts/a/things', { 'x-forwarded-for': '198.51.100.2' })).toBe(200)
    expect(await status('/accounts/a/things', { 'x-forwarded-for': '8.8.8.8, 198.51.100.2' })).toBe(429)
    await service.stop()
    service = await startTestService({ rateCounter: new TurnedCounter(1) }, { TRUSTED_PROXIES: '127.0.0.2' })
    expect(await status('/accounts/a/things', { 'x-forwarded-for': '198.51.100.1' })).toBe(200)
    expect(await status('/accounts/a/things', { 'x-forwarded-for': '198.51.100.2' })).toBe(429)
  })

  it('is told apart by proxies that send the secret', async () => {
    const secret = 's'.repeat(44)
    service = await withSecretFile([secret], (TRUSTED_PROXY_SECRET_FILE) =>
      startTestService({ rateCounter: new TurnedCounter(1) }, { TRUSTED_PROXY_SECRET_FILE }),
    )
    const statusOf = (address: string, sent: string) =>
      status('/accounts/a/things', { 'x-forwarded-for': address, 'x-proxy-secret': sent })
    expect([await statusOf('198.51.100.1', secret), await statusOf('198.51.100.2', secret)]).toEqual([200, 200])
    expect([await statusOf('198.51.100.3', 'guess'), await statusOf('198.51.100.4', 'guess')]).toEqual([200, 429])
  })

  it('is held to the limit by the embedded counter', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'service-kit-'))
    const coordination = openEmbeddedCoordination({ directory, instance: 'test' })
    service = await startTestService({ rateCounter: coordination.rateCounter({ name: 'test', perSecond: 20 }) })
    const began = performance.now()
    const answers = await Promise.all(Array.from({ length: 60 }, () => status('/accounts/a/things')))
    const seconds = Math.ceil((performance.now() - began) / 1_000)
    const passed = answers.filter((answer) => answer === 200).length
    expect(passed).toBeGreaterThanOrEqual(20)
    expect(passed).toBeLessThanOrEqual(20 * seconds)
    await coordination.close()
    await rm(directory, { recursive: true })
  })
})
