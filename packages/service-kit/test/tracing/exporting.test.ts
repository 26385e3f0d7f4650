import { createServer, IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createLog, requestContextOf } from '../../src/index.ts'
import { openTracing, tryTracing } from '../../src/tracing/open-tracing.ts'
import { TestLog } from '../support/test-log.ts'

let collector: Server
/** The bodies that have come, and what they are answered; undefined: nothing. */
let received: Buffer[]
let status: number | undefined

beforeAll(async () => {
  collector = createServer(async (request, response) => {
    received.push(await buffer(request))
    if (status !== undefined) response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
})
beforeEach(() => {
  received = []
  status = 200
  const { port } = collector.address() as AddressInfo
  // The SDK reads the variables of the process.
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${port}`
  // Less than a service takes for its end: nothing goes on after it.
  process.env.OTEL_EXPORTER_OTLP_TIMEOUT = '500'
})
afterEach(() => {
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT
  delete process.env.OTEL_EXPORTER_OTLP_TIMEOUT
})
afterAll(async () => {
  collector?.closeAllConnections()
  await new Promise((resolve) => collector?.close(resolve))
})

/** Traces a request, and closes while nothing of it has been sent. @returns the log */
async function traceAndClose(): Promise<TestLog> {
  const stream = new TestLog()
  const log = createLog({ service: 'test', level: 'info', stream })
  const tracing = await openTracing(process.env, { service: 'test', instance: 'test-1', log })
  const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', headers: {} })
  tracing?.begin(request, requestContextOf(request))?.end(200, { 'http.route': '/traced' })
  await tracing?.close()
  return stream
}

describe('spans that have not been sent', () => {
  it('go out when the service closes', async () => {
    await traceAndClose()
    expect(received.map((body) => body.includes('/traced'))).toEqual([true])
  })

  it.each([400, undefined])('keep no service from closing, whatever the collector answers: %s', async (answer) => {
    status = answer
    const { lines } = await traceAndClose()
    expect(received).toHaveLength(1)
    if (answer === 400) expect(lines).toContainEqual(expect.objectContaining({ event: 'tracing-failed' }))
  })
})

describe('a message without spans', () => {
  it('says whether the collector takes any', async () => {
    const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT
    expect(await tryTracing(process.env)).toEqual({ endpoint, failure: undefined })
    status = 401
    expect(await tryTracing(process.env)).toEqual({ endpoint, failure: 'Unauthorized' })
  })

  it('is not waited for longer than it may take', async () => {
    status = undefined
    expect((await tryTracing(process.env, 100))?.failure).toMatch(/./)
  })
})
