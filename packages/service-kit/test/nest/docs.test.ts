import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

describe('the documentation of a service', () => {
  it('is the OpenAPI document of its contract', async () => {
    const response = await fetch(`${service.url}/docs-json`)
    const document = (await response.json()) as { paths: object }
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'test', version: '1.2.3', description: 'A service for tests' },
      components: { securitySchemes: { bearer: { scheme: 'bearer' }, oauth1: { name: 'Authorization' } } },
    })
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/health/ready', '/accounts/{accountId}/things']),
    )
  })

  it('is a page whose scripts and styles the service has itself', async () => {
    const page = await (await fetch(`${service.url}/docs`)).text()
    expect(page).toContain('swagger-ui')
    const assets = [...page.matchAll(/(?:src|href)="(\.[^"]+)"/g)].map(([, path]) => path)
    expect(assets.length).toBeGreaterThan(2)
    for (const asset of assets) {
      const response = await fetch(new URL(asset ?? '', `${service.url}/docs`))
      await response.arrayBuffer()
      expect([asset, response.status]).toEqual([asset, 200])
    }
  })

  it('answers as everywhere for what is not part of it', async () => {
    const response = await fetch(`${service.url}/docs/nothing.js`)
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'NOT_FOUND' }])
  })
})
