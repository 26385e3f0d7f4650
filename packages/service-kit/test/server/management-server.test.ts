import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from '@jest/globals'
import { Gauge } from 'prom-client'
import { ServiceMetrics } from '../../src/metrics/service-metrics.ts'
import { ManagementServer } from '../../src/server/management-server.ts'
import { settings } from '../support/test-service.ts'

let server: ManagementServer
afterEach(() => server.close())

const request = 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'

async function start(): Promise<{ readonly port: number; readonly collections: () => number }> {
  const metrics = new ServiceMetrics('test')
  let collections = 0
  const collect = () => {
    collections += 1
  }
  new Gauge({ name: 'seen', help: 'Collections', registers: [metrics.registry], collect })
  server = new ManagementServer(metrics)
  const url = await server.listen({ managementHost: '127.0.0.1', managementPort: 0 }, settings)
  return { port: Number(new URL(url).port), collections: () => collections }
}

describe('the management port', () => {
  it('answers what comes at once on a connection one after the other, and no more than a few of it', async () => {
    const { port, collections } = await start()
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.write(request.repeat(1_000))
    await once(socket.resume(), 'close')
    expect(collections()).toBeLessThanOrEqual(16)
  })

  it('has the headers of all answers also where a request can not be read', async () => {
    const { port } = await start()
    const socket = connect(port, '127.0.0.1')
    socket.end('GET / HTTP/1.1\r\nHost : a\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer.toLowerCase()).toContain('x-content-type-options: nosniff')
  })
})
