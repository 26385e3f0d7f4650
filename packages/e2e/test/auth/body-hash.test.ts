import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bodyHashOf } from '@mtls-gateway/request-signing'
import { type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { type SignedCall, sendSigned } from '../support/signed-call.ts'
import { lp } from '../support/tenant.ts'

let target: TestTarget
let system: SharedSystem
const calls: Record<string, SignedCall> = {}
const body = JSON.stringify([])

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
  const tenant = await system.newTenant()
  await tenant.onboard(await target.clientCa.issue({ commonName: 'signed' }), `${target.url}/`)
  const appKey = await tenant.newAppKey()
  const json = { 'content-type': 'application/json' }
  const signed = { method: 'POST', appKey, body }
  calls['config-api'] = {
    ...signed,
    client: system.toConfigApi(),
    base: system.configApi.url,
    path: tenant.path('mappings'),
    headers: json,
  }
  calls['check mapping'] = {
    ...signed,
    client: system.toForwarderApi(),
    base: system.forwarderApi.url,
    path: '/mtls/mapping',
    headers: json,
  }
  calls.forward = {
    ...signed,
    client: system.toForwarderApi(),
    base: system.forwarderApi.url,
    path: tenant.forwardPath,
    headers: { ...json, ...lp(`${target.url}/`) },
  }
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

describe.each(['config-api', 'check mapping', 'forward'])('a signed body hash at %s', (where) => {
  // Filled in by beforeAll: it is there when a test runs.
  const call = () => calls[where] as SignedCall

  it.each(['SHA1', 'SHA256'] as const)('holds when it is that of the body, by %s', async (hash) => {
    const answer = await sendSigned(call(), { hash, bodyHash: bodyHashOf(body, hash) })
    // The empty list is refused for what it is, never for its hash.
    expect([200, 201, 400]).toContain(answer.status)
    expect(String(answer.body)).not.toContain('OAUTH')
  })

  it('is refused when it is of another body', async () => {
    const refused = await sendSigned(call(), { bodyHash: bodyHashOf('[{}]') })
    expectProblem(refused, 401, 'OAUTH_BODY_HASH_MISMATCH')
  })

  it('is refused when it is of another hash than the signature', async () => {
    const refused = await sendSigned(call(), { hash: 'SHA256', bodyHash: bodyHashOf(body, 'SHA1') })
    // Shorter than a hash of this method can be.
    expectProblem(refused, 400, 'OAUTH_MALFORMED')
  })
})
