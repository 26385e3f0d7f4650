import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Gauge } from 'prom-client'
import { requestContextOf, ServiceMetrics } from '../../src/index.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

describe('/metrics', () => {
  it('counts and times requests by method, route and status, without the names of tenants', async () => {
    for (const path of ['/accounts/le123/things', '/accounts/le456/things', '/fail/coded', '/nowhere/le123']) {
      await fetch(service.url + path, { headers: { 'x-request-id': 'counted' } })
    }
    await service.line({ event: 'request', path: '/nowhere/le123' })
    const response = await fetch(`${service.managementUrl}/metrics`)
    const text = await response.text()
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(text).toContain('http_requests_total{method="GET",route="/accounts/:accountId/things",status="200"} 2')
    expect(text).toContain('http_requests_total{method="GET",route="/fail/coded",status="503"} 1')
    expect(text).toContain('http_requests_total{method="GET",route="unmatched",status="404"} 1')
    expect(text).toContain('http_request_duration_seconds_count{method="GET",route="/accounts/:accountId/things"} 2')
    expect(text).not.toMatch(/le123|le456/)
  })

  it('has no more than one status for all that mean nothing, as a target may answer with any', async () => {
    const metrics = new ServiceMetrics('test')
    const request = new IncomingMessage(new Socket())
    const context = requestContextOf(request)
    request.method = 'GET'
    for (let status = 600; status < 700; status++) {
      metrics.countRequest(request, new ServerResponse(request).writeHead(status), context)
    }
    const text = await metrics.registry.metrics()
    expect(text).toContain('http_requests_total{method="GET",route="unmatched",status="other"} 100')
    expect(text.match(/^http_requests_total\{/gm)).toHaveLength(1)
  })

  it('has no status for those whose callers went before there was one', async () => {
    const metrics = new ServiceMetrics('test')
    const request = new IncomingMessage(new Socket())
    request.method = 'GET'
    metrics.countRequest(request, new ServerResponse(request), requestContextOf(request))
    expect(await metrics.registry.metrics()).toContain(
      'http_requests_total{method="GET",route="unmatched",status="none"} 1',
    )
  })

  it('counts its own problems by code', async () => {
    const text = await (await fetch(`${service.managementUrl}/metrics`)).text()
    expect(text).toContain('http_problems_total{route="unmatched",code="NOT_FOUND"} 1')
  })

  it('answers with a problem where a metric cannot be read, and goes on', async () => {
    const metrics = new ServiceMetrics('test')
    const collect = () => {
      throw new TypeError('not to be read')
    }
    new Gauge({ name: 'unreadable', help: 'None', registers: [metrics.registry], collect })
    const broken = await startTestService({ metrics })
    for (let scrapes = 0; scrapes < 2; scrapes++) {
      const response = await fetch(`${broken.managementUrl}/metrics`)
      expect([response.status, await response.json()]).toMatchObject([500, { code: 'INTERNAL_ERROR' }])
    }
    await broken.stop()
  })

  it('says which release it is of', async () => {
    const text = await (await fetch(`${service.managementUrl}/metrics`)).text()
    expect(text).toMatch(/^mtls_gateway_build_info\{service="test",version="\d+\.\d+\.\d+",commit="unknown"\} 1$/m)
  })

  it('says on its management port what it is, and what it was built of', async () => {
    const response = await fetch(`${service.managementUrl}/version`)
    expect(response.headers.get('content-type')).toBe('application/json')
    const version = expect.stringMatching(/^\d+\.\d+\.\d+$/)
    expect(await response.json()).toEqual({ name: 'test', version, commit: 'unknown', node: process.versions.node })
  })

  it('tells of the process, its heap, its collections and the delay of its event loop', async () => {
    const text = await (await fetch(`${service.managementUrl}/metrics`)).text()
    const values = ['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds', 'process_cpu_seconds_total']
    for (const name of [...values, 'nodejs_heap_space_size_used_bytes{space="old"}']) {
      expect(text).toContain(`\n${name} `)
    }
    expect(text).toContain('\n# TYPE nodejs_gc_duration_seconds histogram\n')
  })

  it('is on the management port alone, which has nothing else', async () => {
    expect((await fetch(`${service.url}/metrics`)).status).toBe(404)
    const response = await fetch(`${service.managementUrl}/health/live`)
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'NOT_FOUND' }])
    expect(new URL(service.managementUrl).hostname).toBe('127.0.0.1')
  })

  it('is of one service: another in the same process has a registry of its own', async () => {
    const other = new ServiceMetrics('test')
    expect(await other.registry.metrics()).not.toContain('route="/fail/coded"')
  })
})
