import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bodyHashOf } from '@mtls-gateway/request-signing'
import { type ApiClient, type EchoedRequest, type TestTarget } from '@mtls-gateway/test-kit'
import { Pool } from 'undici'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { type SignedCall, send, sendSigned, signatureOf } from '../support/signed-call.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

let target: TestTarget
/** Takes anybody, and keeps what arrived of each request. */
let recorder: TestTarget
const arrived: { bytes: number; complete: boolean }[] = []
let system: SharedSystem
let tenant: Tenant
let appKey: AppKey
let caller: ApiClient

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget({ requireClientCertificate: false })
  recorder = await system.startTarget({
    requireClientCertificate: false,
    handler: (request, response) => {
      const seen = { bytes: 0, complete: false }
      arrived.push(seen)
      request.on('data', (chunk: Buffer) => {
        seen.bytes += chunk.length
      })
      request.on('end', () => {
        seen.complete = request.complete
        response.end('whole')
      })
      request.on('error', () => {})
    },
  })
  tenant = await system.newTenant()
  appKey = await tenant.newAppKey(['forward'])
  caller = system.toForwarderApi({ oauth1: appKey })
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
  await recorder?.close()
})

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function callOf(url: string, body: string, headers: Record<string, string> = {}): SignedCall {
  const client = system.toForwarderApi()
  const signed = { client, base: system.forwarderApi.url, path: tenant.forwardPath, appKey }
  return { ...signed, method: 'POST', headers: { ...lp(url), ...headers }, body }
}

describe('a body', () => {
  const big = randomBytes(16 * 1024 * 1024)
  it.each([
    { sent: 'with its length', body: () => big },
    { sent: 'in chunks', body: () => Readable.from([big.subarray(0, 5_000_000), big.subarray(5_000_000)]) },
  ])('of 16 MiB $sent goes and comes back equal', async ({ body }) => {
    const headers = lp(`${target.url}/echo`)
    const answer = await caller.raw({ method: 'POST', path: tenant.forwardPath, headers, body: body() })
    expect(answer.status).toBe(200)
    expect(answer.body).toHaveLength(big.length)
    expect(sha256(answer.body)).toBe(sha256(big))
  })

  it('is streamed: the answer begins before the body has ended', async () => {
    const headers = lp(`${target.url}/echo`)
    const gate = Promise.withResolvers<void>()
    // The rest of the body comes only when its beginning has come back.
    const body = Readable.from(halves(gate.promise))
    const pool = new Pool(system.forwarderApi.url)
    try {
      const authorization = signatureOf(callOf(`${target.url}/echo`, ''))
      const path = tenant.forwardPath
      const answer = await pool.request({ method: 'POST', path, headers: { ...headers, authorization }, body })
      const received: Buffer[] = []
      for await (const chunk of answer.body) {
        received.push(chunk)
        gate.resolve()
      }
      expect(Buffer.concat(received).toString('utf8')).toBe('first half, second half')
    } finally {
      await pool.destroy()
    }
  })
})

async function* halves(gate: Promise<void>) {
  yield Buffer.from('first half')
  await gate
  yield Buffer.from(', second half')
}

describe('a form body', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const formBody = 'b=2&a=1%20x&a=+&empty='

  it('is part of the signature and goes through byte for byte', async () => {
    const answer = await sendSigned(callOf(`${target.url}/`, formBody, form), { formBody })
    expect(answer.status).toBe(200)
    expect((JSON.parse(answer.body.toString('utf8')) as EchoedRequest).body).toBe(formBody)
  })

  it('is refused when it is another than the signed one, and never forwarded', async () => {
    arrived.length = 0
    const call = callOf(`${recorder.url}/`, formBody.replace('b=2', 'b=3'), form)
    expectProblem(await sendSigned(call, { formBody }), 401, 'OAUTH_CREDENTIALS_INVALID')
    expect(arrived).toEqual([])
  })

  it('is refused when it was not signed', async () => {
    const call = callOf(`${recorder.url}/`, formBody, form)
    expectProblem(await send(call, signatureOf(call)), 401, 'OAUTH_CREDENTIALS_INVALID')
  })
})

describe('a body with a signed hash', () => {
  it.each([10, 100_000, 3_000_000])('of %i bytes goes through when the hash holds', async (bytes) => {
    const body = 'x'.repeat(bytes)
    const answer = await sendSigned(callOf(`${recorder.url}/`, body), { bodyHash: bodyHashOf(body) })
    expect(answer).toMatchObject({ status: 200, body: Buffer.from('whole') })
    expect(arrived.at(-1)).toEqual({ bytes, complete: true })
  })

  it('that is not there goes out as none, where the hash is that of nothing', async () => {
    const { body: _, ...call } = { ...callOf(`${target.url}/`, ''), method: 'GET' }
    const answer = await sendSigned(call, { bodyHash: bodyHashOf('') })
    expect(answer.status).toBe(200)
    const { headers } = JSON.parse(answer.body.toString('utf8')) as EchoedRequest
    expect(Object.keys(headers)).not.toContain('transfer-encoding')
    expectProblem(await sendSigned(call, { bodyHash: bodyHashOf('x') }), 401, 'OAUTH_BODY_HASH_MISMATCH')
  })

  it.each([1, 10, 100_000, 3_000_000])('of %i bytes never arrives whole when the hash does not hold', async (bytes) => {
    arrived.length = 0
    const call = callOf(`${recorder.url}/`, `${'x'.repeat(bytes - 1)}y`)
    const refused = await sendSigned(call, { bodyHash: bodyHashOf('x'.repeat(bytes)) })
    expectProblem(refused, 401, 'OAUTH_BODY_HASH_MISMATCH')
    for (const seen of arrived) {
      expect(seen.complete).toBe(false)
      expect(seen.bytes).toBeLessThan(bytes)
    }
  })
})
