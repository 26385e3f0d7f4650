import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestService, type TestService } from '../support/test-service.ts'

const canary = 'c4n4ry-Va1ue'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

describe('the line of a request', () => {
  it('has method, path without query, status, time, request and account', async () => {
    await fetch(`${service.url}/accounts/le123/things?access_token=${canary}`, { headers: { 'x-request-id': 'r1' } })
    expect(await service.line({ event: 'request', requestId: 'r1' })).toEqual({
      level: 'info',
      time: expect.any(String),
      service: 'test',
      event: 'request',
      method: 'GET',
      path: '/accounts/le123/things',
      status: 200,
      ms: expect.any(Number),
      requestId: 'r1',
      accountId: 'le123',
    })
  })

  it('names the code of a problem', async () => {
    await fetch(`${service.url}/fail/coded`, { headers: { 'x-request-id': 'r2' } })
    expect(await service.line({ event: 'request', requestId: 'r2' })).toMatchObject({
      status: 503,
      code: 'ACCOUNT_BUSY',
    })
  })

  it('does not repeat an account that can be none', async () => {
    await fetch(`${service.url}/accounts/a%20b/things`, { headers: { 'x-request-id': 'r3' } })
    expect(await service.line({ event: 'request', requestId: 'r3' })).not.toHaveProperty('accountId')
  })

  it('of a health probe is of interest for debugging alone', async () => {
    await fetch(`${service.url}/health/live`, { headers: { 'x-request-id': 'r4' } })
    expect(await service.line({ event: 'request', requestId: 'r4' })).toMatchObject({ level: 'debug' })
  })
})

describe('all lines of a service', () => {
  it('have nothing of the credentials and secrets that callers send, whatever goes wrong', async () => {
    const headers = {
      authorization: `Bearer ${canary}`,
      'lp-authorization-override': `Basic ${canary}`,
      cookie: `session=${canary}`,
      'content-type': 'application/json',
    }
    const body = JSON.stringify({ name: canary, password: canary, p12: canary })
    for (const path of ['/things', '/nowhere', '/fail/inner', `/%zz?token=${canary}`]) {
      for (const method of ['GET', 'POST']) {
        await fetch(service.url + path, { method, headers, ...(method === 'POST' && { body }) })
      }
      await fetch(service.url + path, { method: 'POST', headers, body: `{"password":"${canary}` })
    }
    await fetch(`${service.url}/health/live`, { headers: { 'x-request-id': 'last' } })
    await service.line({ event: 'request', requestId: 'last' })
    expect(service.lines.length).toBeGreaterThan(12)
    expect(JSON.stringify(service.lines)).not.toContain(canary)
  })

  it('are those of Nest, too', () => {
    expect(service.lines).toContainEqual(expect.objectContaining({ event: 'nest', context: 'NestApplication' }))
  })
})
