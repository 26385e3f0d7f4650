import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { Certificate, Mapping } from '../support/wire.ts'

let target: TestTarget
let system: System
let tenant: Tenant
let caller: ApiClient
let quietCaller: ApiClient
let apart: string
let certificate: Certificate
let mapping: Mapping

beforeAll(async () => {
  target = await startTestTarget({
    handler: ({ url, headers }, response) => {
      if (url === '/id') {
        response.setHeader('content-type', 'application/json')
        return void response.end(JSON.stringify(headers['x-request-id'] ?? null))
      }
      if (url !== '/cut?secret=1') return void response.end('whole')
      response.writeHead(200, { 'content-length': '10' })
      response.write('half')
      setImmediate(() => response.destroy())
    },
  })
  apart = await mkdtemp(join(tmpdir(), 'mtls-gateway-apart-'))
  // Two forwarders of one host have each a runtime directory of its own.
  const moreForwarders = [{ RUNTIME_DIR: apart, LOG_SUCCESSFUL_CALLS: '0', SEND_REQUEST_ID: 'false' }]
  system = await System.start({ targets: [target], moreForwarders })
  tenant = await system.newTenant()
  const onboarded = await tenant.onboard(await target.clientCa.issue({ commonName: 'logged' }), `${target.url}/*`)
  certificate = onboarded.certificate
  mapping = onboarded.mapping
  const oauth1 = await tenant.newAppKey(['forward'])
  caller = system.toForwarderApi({ oauth1 })
  quietCaller = system.toForwarderApi({ oauth1 }, system.moreForwarders[0])
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
  await rm(apart, { recursive: true })
})

const aNumber = expect.any(Number)

/** The log line of a call. */
async function lineOf(requestId: string, service = system.forwarderApi): Promise<Record<string, unknown>> {
  const text = await eventually(
    async () => service.output.split('\n').find((line) => line.includes(`"requestId":"${requestId}"`)),
    (line) => line !== undefined,
  )
  return JSON.parse(text ?? '')
}

const call = (requestId: string, url: string, by = caller) =>
  by.json('GET', tenant.forwardPath, undefined, { ...lp(url), 'x-request-id': requestId })

describe('the log line of a call', () => {
  const known = () => ({
    event: 'request',
    accountId: tenant.id,
    clientAddress: '127.0.0.1',
    caller: expect.stringContaining(`${tenant.id}.`),
    serviceName: 'IDP',
    target: target.url,
    mappingId: mapping.id,
    certificateId: certificate.id,
    fingerprintSha256: certificate.fingerprintSha256,
  })

  it('says who presented which certificate to whom', async () => {
    expect((await call('went-well', `${target.url}/`)).status).toBe(200)
    const line = await lineOf('went-well')
    expect(line).toMatchObject({ ...known(), status: 200 })
    expect(line).not.toHaveProperty('transportCode')
    expect(line).toMatchObject({ lookUpMs: aNumber, connectMs: aNumber, handshakeMs: aNumber, firstByteMs: aNumber })
  })

  it('has no times of a connection that was open already', async () => {
    expect((await call('reused', `${target.url}/`)).status).toBe(200)
    const line = await lineOf('reused')
    expect(line).toHaveProperty('firstByteMs', aNumber)
    expect(line).not.toHaveProperty('connectMs')
  })

  it('says why an answer broke off, and no query', async () => {
    await expect(call('broken-off', `${target.url}/cut?secret=1`)).rejects.toThrow()
    const line = await lineOf('broken-off')
    expect(line).toMatchObject({ ...known(), aborted: true, transportCode: 'SOCKET_CLOSED', phase: 'exchange' })
    expect(JSON.stringify(line)).not.toContain('secret')
  })

  describe('has the request id, which', () => {
    const idAt = async (by: ApiClient, headers: Record<string, string> = {}) => {
      const answer = await by.json('GET', tenant.forwardPath, undefined, { ...lp(`${target.url}/id`), ...headers })
      return { atTarget: answer.body, inAnswer: answer.headers['x-request-id'] }
    }

    it('of a call that has none is the same for the target and in the answer', async () => {
      const { atTarget, inAnswer } = await idAt(caller)
      expect(atTarget).toMatch(/^[0-9a-f-]{36}$/)
      expect(atTarget).toBe(inAnswer)
    })

    it('of the caller is passed on as it is, also where the log takes another', async () => {
      expect(await idAt(caller, { 'X-Request-Id': 'mine-1' })).toEqual({ atTarget: 'mine-1', inAnswer: 'mine-1' })
      const { atTarget, inAnswer } = await idAt(caller, { 'X-Request-Id': 'with space' })
      expect(atTarget).toBe('with space')
      expect(inAnswer).toMatch(/^[0-9a-f-]{36}$/)
    })

    it('is not sent to targets by SEND_REQUEST_ID=false', async () => {
      expect((await idAt(quietCaller)).atTarget).toBeNull()
    })
  })

  it('says why a target was not reached', async () => {
    await target.close()
    expect((await call('not-reached', `${target.url}/`)).status).toBe(424)
    const line = await lineOf('not-reached')
    const failure = { status: 424, code: 'TARGET_UNREACHABLE', transportCode: 'ECONNREFUSED', phase: 'connect' }
    expect(line).toMatchObject({ ...known(), ...failure, connectMs: aNumber })
    expect(line).not.toHaveProperty('handshakeMs')
  })

  it('is left out of a call that went well by LOG_SUCCESSFUL_CALLS=0, and of no other', async () => {
    await call('quiet-failure', `${target.url}/`, quietCaller)
    const [quiet] = system.moreForwarders
    expect(await lineOf('quiet-failure', quiet)).toMatchObject({ status: 424, transportCode: 'ECONNREFUSED' })
    expect(quiet?.output).not.toContain('"status":200,"ms"')
  })

  it('says what is known of one that was refused', async () => {
    const { status } = await caller.json('GET', tenant.forwardPath, undefined, {
      ...lp('https://unknown.example/'),
      'x-request-id': 'refused',
      authorization: 'OAuth nonsense',
    })
    expect(status).toBe(400)
    const line = await lineOf('refused')
    expect(line).toMatchObject({ status: 400, clientAddress: '127.0.0.1' })
    expect(line).not.toHaveProperty('caller')
  })
})
