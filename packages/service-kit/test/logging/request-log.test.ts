import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createLog } from '../../src/index.ts'
import { RequestLog } from '../../src/logging/request-log.ts'
import { type RequestContext, requestContextOf } from '../../src/request-context.ts'
import { type LogLine, TestLog } from '../support/test-log.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

const canary = 'c4n4ry-Va1ue'
const claims = (of: object) => Buffer.from(JSON.stringify(of)).toString('base64url')

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
      clientAddress: '127.0.0.1',
    })
  })

  it('names the code of a problem', async () => {
    await fetch(`${service.url}/fail/coded`, { headers: { 'x-request-id': 'r2' } })
    expect(await service.line({ event: 'request', requestId: 'r2' })).toMatchObject({
      status: 503,
      code: 'ACCOUNT_BUSY',
    })
  })

  it('reads no credentials where none were refused: lines of other problems are not limited', async () => {
    const authorization = 'OAuth oauth_consumer_key="le123.key-1"'
    await fetch(`${service.url}/fail/coded`, { headers: { 'x-request-id': 'r5', authorization } })
    expect(await service.line({ event: 'request', requestId: 'r5' })).not.toHaveProperty('unverifiedCaller')
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

describe('the lines of requests that are refused', () => {
  /** A log whose clock stands still until it is moved, and requests that ended from an address. */
  function strangersLog() {
    const stream = new TestLog()
    const clock = { ms: 0 }
    let gathered = 0
    const log = createLog({ service: 'test', level: 'info', stream })
    const requests = new RequestLog(log, undefined, () => clock.ms)
    const send = (remoteAddress: string, caller?: string, status: number | 'none' = 401) => {
      const headers = { authorization: 'OAuth oauth_consumer_key="le123.key-1"' }
      const request = Object.assign(new IncomingMessage(new Socket()), { url: '/', headers })
      const context = requestContextOf(request)
      context.clientAddress = remoteAddress
      if (caller !== undefined)
        context.facts = { toLog: (line) => Boolean(Object.assign(line, { gathered: ++gathered })) }
      if (status === 401) {
        context.code = 'OAUTH_CREDENTIALS_INVALID'
        context.refusal = { reason: 'key-unknown' }
      }
      if (caller !== undefined && status !== 401) context.code = 'TOO_MANY_CALLS'
      context.caller = caller
      const response = new ServerResponse(request)
      if (status !== 'none') response.writeHead(status)
      requests.write(request, response, context)
    }
    return { clock, lines: stream.lines, line: (facts: LogLine) => stream.line(facts), send }
  }
  const fromOne = 50
  const fromStrangers = 200

  it('are no more in a second than an address has, whatever it claims, and one line says what is missing', async () => {
    const { clock, lines, line, send } = strangersLog()
    for (let sent = 0; sent < 1_000; sent++) send('192.0.2.1')
    expect(lines).toHaveLength(fromOne)
    expect(lines[0]).toMatchObject({
      clientAddress: '192.0.2.1',
      unverifiedCaller: 'le123.key-1',
      reason: 'key-unknown',
    })
    send('192.0.2.2')
    expect(lines.at(-1)).toMatchObject({ clientAddress: '192.0.2.2' })
    expect(await line({ event: 'refusals' })).toMatchObject({
      omitted: 1_000 - fromOne,
      codes: { OAUTH_CREDENTIALS_INVALID: 1_000 - fromOne },
    })
    clock.ms += 1_000
    send('192.0.2.1')
    expect(lines).toHaveLength(fromOne + 3)
  })

  it('are no more than all strangers have together, who hide none of a known caller', () => {
    const { lines, send } = strangersLog()
    for (let sent = 0; sent < 10_000; sent++) send(`198.51.${sent >> 8}.${sent & 255}`)
    expect(lines).toHaveLength(fromStrangers)
    for (let sent = 0; sent < fromOne; sent++) send('192.0.2.1', 'le123.key-1', 503)
    expect(lines).toHaveLength(fromStrangers + fromOne)
    expect(lines.at(-1)).toMatchObject({ caller: 'le123.key-1' })
  })

  it.each([400, 404, 405, 429])('are counted with those of other refusals: %d', async (status) => {
    const { clock, lines, line, send } = strangersLog()
    for (let sent = 0; sent < 1_000; sent++) send('192.0.2.1', undefined, status)
    expect(lines).toHaveLength(fromOne)
    expect(lines[0]).not.toHaveProperty('unverifiedCaller')
    clock.ms += 1_000
    send('192.0.2.1')
    expect(lines.at(-1)).toMatchObject({ status: 401, unverifiedCaller: 'le123.key-1' })
    expect(await line({ event: 'refusals' })).toMatchObject({ codes: { [status]: 1_000 - fromOne } })
  })

  it('are counted with those of strangers who left before there was an answer, which have no status', async () => {
    const { lines, line, send } = strangersLog()
    for (let sent = 0; sent < 1_000; sent++) send('192.0.2.1', undefined, 'none')
    expect(lines).toHaveLength(fromOne)
    expect(lines[0]).toMatchObject({ aborted: true })
    expect(lines[0]).not.toHaveProperty('status')
    expect(await line({ event: 'refusals' })).toMatchObject({ codes: { CALL_ABORTED: 1_000 - fromOne } })
  })

  it('are all there for what was not refused, and for what the service failed at', () => {
    const { lines, send } = strangersLog()
    for (const status of [200, 503]) for (let sent = 0; sent < 100; sent++) send('192.0.2.1', undefined, status)
    expect(lines).toHaveLength(200)
  })

  it.each([429, 503])('are limited where a known caller asks for too much, account by account: %d', async (status) => {
    const { clock, lines, line, send } = strangersLog()
    for (let sent = 0; sent < 1_000; sent++) send(`192.0.2.${sent & 255}`, 'le123.key-1', status)
    expect(lines).toHaveLength(fromOne)
    send('192.0.2.1', 'le124.key-1', status)
    expect(lines.at(-1)).toMatchObject({ caller: 'le124.key-1' })
    clock.ms += 1_000
    send('192.0.2.1', 'le123.key-1', status)
    expect(lines).toHaveLength(fromOne + 2)
    const codes = { TOO_MANY_CALLS: 1_000 - fromOne }
    expect(await line({ event: 'refusals' })).toMatchObject({ omitted: 1_000 - fromOne, codes })
  })

  it('cost nothing where they are left out: only those that are written gather what is known of their call', () => {
    const { lines, send } = strangersLog()
    for (let sent = 0; sent < 1_000; sent++) send('192.0.2.1', 'le123.key-1', 503)
    send('192.0.2.1', 'le124.key-1', 503)
    expect(lines.at(-1)).toMatchObject({ gathered: fromOne + 1 })
  })

  it('of known callers are all there for other reasons', () => {
    const { lines, send } = strangersLog()
    for (let sent = 0; sent < 1_000; sent++) send('192.0.2.1', 'le123.key-1')
    expect(lines).toHaveLength(1_000)
    expect(lines[0]).toMatchObject({ caller: 'le123.key-1' })
    expect(lines[0]).not.toHaveProperty('unverifiedCaller')
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

  it.each<readonly [string, Partial<IncomingMessage>, Partial<RequestContext>]>([
    ['path', { url: `/token=${canary}` }, {}],
    ['request id', { headers: { 'x-request-id': `mtlsi_le123.i1.${canary}` } }, {}],
    ['account', {}, { accountId: `mtlsi_${canary}` }],
    ['caller', {}, { caller: `issuer#password:${canary}` }],
    ['target', {}, { facts: { toLog: (line) => Boolean(Object.assign(line, { target: `//${canary}@host` })) } }],
    ['claimed caller', { headers: { authorization: `Bearer h.${claims({ sub: `secret=${canary}` })}.s` } }, {}],
  ])('have no credentials that were written into the %s', (_, sent, known) => {
    const stream = new TestLog()
    const request = Object.assign(new IncomingMessage(new Socket()), { url: '/', headers: {}, ...sent })
    const context = Object.assign(requestContextOf(request), { refusal: { reason: 'token-malformed' }, ...known })
    const requests = new RequestLog(createLog({ service: 'test', level: 'info', stream }))
    requests.write(request, new ServerResponse(request), context)
    expect(JSON.stringify(stream.lines)).toContain('[redacted]')
    expect(JSON.stringify(stream.lines)).not.toContain(canary)
  })

  it('are those of Nest, too', () => {
    expect(service.lines).toContainEqual(expect.objectContaining({ event: 'nest', context: 'NestApplication' }))
  })
})
