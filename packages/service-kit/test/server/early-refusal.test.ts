import { afterEach, describe, expect, it } from '@jest/globals'
import { RefusedAddresses, ServiceMetrics } from '../../src/index.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService | undefined
afterEach(async () => {
  await service?.stop()
  service = undefined
})

/** Admits two requests, and refuses all that come after them for a second each. */
function counterOfTwo() {
  let now = 0
  const asked: string[] = []
  const counter = {
    admit: (key: string) => ({ admitted: asked.push(key) <= 2, retryAfterMs: 1_000 }),
  }
  const { registry } = new ServiceMetrics('test')
  const refused = new RefusedAddresses(counter, registry, () => now)
  return { asked, refused, registry, pass: (ms: number) => (now += ms) }
}

describe('an address that has been refused', () => {
  it('is answered as it was, before anything else is asked', async () => {
    const { asked, refused } = counterOfTwo()
    service = await startTestService({ rateCounter: refused, refused, answerHeaders: { 'x-own': 'a' } })
    const { url } = service
    const answers = []
    for (let count = 0; count < 6; count++) answers.push(await fetch(`${url}/nowhere`))
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 429, 429, 429, 429])
    expect(asked).toHaveLength(3)
    const [first, second] = answers.slice(2).map(({ headers }) => Object.fromEntries(headers))
    const { date: _, 'x-request-id': __, ...told } = first ?? {}
    expect(second).toMatchObject(told)
    expect(await answers[5]?.json()).toMatchObject({ status: 429, code: 'RATE_LIMITED' })
    await service.line({ event: 'request', requestId: answers[5]?.headers.get('x-request-id') })
    expect(service.lines.filter(({ status }) => status === 429)).toHaveLength(4)
    expect(await (await fetch(`${service.managementUrl}/metrics`)).text()).toMatch(
      /http_requests_total\{[^}]*status="429"[^}]*\} 4/,
    )
  })

  it('has the log line that its service gives it, whoever answers', async () => {
    const { refused } = counterOfTwo()
    const loggedUrl = (url: string) => url.replace('secret', 'cut')
    service = await startTestService({ rateCounter: refused, refused, loggedUrl })
    for (let count = 0; count < 4; count++) await fetch(`${service.url}/secret`)
    await service.line({ event: 'request', status: 429 })
    expect(service.lines.flatMap(({ event, path }) => (event === 'request' ? [path] : []))).toContain('/cut')
    expect(JSON.stringify(service.lines)).not.toContain('secret')
  })

  it('is asked for again once it may be served', () => {
    const { asked, refused, pass } = counterOfTwo()
    for (let count = 0; count < 3; count++) refused.admit('192.0.2.1')
    expect([refused.waitMs('192.0.2.1'), refused.waitMs('192.0.2.2'), asked.length]).toEqual([1_000, 0, 3])
    pass(1_000)
    expect(refused.waitMs('192.0.2.1')).toBe(0)
  })

  it('is counted while it is refused, with each of its requests', async () => {
    const { refused, registry, pass } = counterOfTwo()
    for (let count = 0; count < 3; count++) refused.admit('192.0.2.1')
    refused.waitMs('192.0.2.1')
    pass(1_000)
    refused.waitMs('192.0.2.1')
    expect(await registry.metrics()).toContain('\nthrottled_requests_total 2\n')
  })

  it('may still ask whether the service is well', async () => {
    const { refused } = counterOfTwo()
    service = await startTestService({ rateCounter: refused, refused })
    for (let count = 0; count < 4; count++) await fetch(`${service.url}/nowhere`)
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200)
  })
})
