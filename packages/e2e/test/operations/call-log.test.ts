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
let certificate: Certificate
let mapping: Mapping

beforeAll(async () => {
  target = await startTestTarget({
    handler: ({ url }, response) => {
      if (url !== '/cut?secret=1') return void response.end('whole')
      response.writeHead(200, { 'content-length': '10' })
      response.write('half')
      setImmediate(() => response.destroy())
    },
  })
  system = await System.start({ targets: [target] })
  tenant = await system.newTenant()
  const onboarded = await tenant.onboard(await target.clientCa.issue({ commonName: 'logged' }), `${target.url}/*`)
  certificate = onboarded.certificate
  mapping = onboarded.mapping
  caller = await tenant.newCaller(['forward'])
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const aNumber = expect.any(Number)

/** The log line of a call. */
async function lineOf(requestId: string): Promise<Record<string, unknown>> {
  const text = await eventually(
    async () => system.forwarderApi.output.split('\n').find((line) => line.includes(`"requestId":"${requestId}"`)),
    (line) => line !== undefined,
  )
  return JSON.parse(text ?? '')
}

const call = (requestId: string, url: string) =>
  caller.json('GET', tenant.forwardPath, undefined, { ...lp(url), 'x-request-id': requestId })

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

  it('says why a target was not reached', async () => {
    await target.close()
    expect((await call('not-reached', `${target.url}/`)).status).toBe(424)
    const line = await lineOf('not-reached')
    const failure = { status: 424, code: 'TARGET_UNREACHABLE', transportCode: 'ECONNREFUSED', phase: 'connect' }
    expect(line).toMatchObject({ ...known(), ...failure, connectMs: aNumber })
    expect(line).not.toHaveProperty('handshakeMs')
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
