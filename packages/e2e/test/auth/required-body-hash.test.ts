import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bodyHashOf } from '@mtls-gateway/request-signing'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SignedCall, sendSigned } from '../support/signed-call.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

const body = '{"amount":1}'

let target: TestTarget

beforeAll(async () => {
  target = await startTestTarget({ requireClientCertificate: false })
})

afterAll(() => target?.close())

describe.each([{ required: false }, { required: true }])('bodies where REQUIRE_BODY_HASH=$required', ({ required }) => {
  let system: System
  let tenant: Tenant
  let appKey: AppKey

  beforeAll(async () => {
    const env = { REQUIRE_BODY_HASH: String(required), FORWARD_ACCEPTS: 'oauth1,bearer' }
    system = await System.start({ targets: [target], forwarderApiEnv: env })
    tenant = await system.newTenant()
    appKey = await tenant.newAppKey()
  })

  afterAll(() => system?.stop())

  const call = (more: Partial<SignedCall> = {}): SignedCall => ({
    client: system.toForwarderApi(),
    base: system.forwarderApi.url,
    method: 'POST',
    path: tenant.forwardPath,
    appKey,
    ...more,
    headers: { ...lp(`${target.url}/`), ...more.headers },
  })

  it(`without a hash are ${required ? 'refused, and the target sees nothing of them' : 'forwarded'}`, async () => {
    target.clear()
    const withBodies: Partial<SignedCall>[] = [
      { body, headers: { 'content-type': 'application/json' } },
      { body },
      { body, method: 'PUT', headers: { 'content-type': 'application/octet-stream' } },
      { body, method: 'DELETE' },
    ]
    for (const each of withBodies) {
      const answer = await sendSigned(call(each))
      if (required) expectProblem(answer, 401, 'OAUTH_BODY_HASH_MISSING')
      else expect(answer.status).toBe(200)
    }
    expect(target.seen).toHaveLength(required ? 0 : withBodies.length)
  })

  it.each(['SHA1', 'SHA256'] as const)('with their hash by %s are forwarded', async (hash) => {
    expect((await sendSigned(call({ body }), { hash, bodyHash: bodyHashOf(body, hash) })).status).toBe(200)
  })

  it('that are forms need none: they are part of the signature', async () => {
    const form = call({ body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    expect((await sendSigned(form, { formBody: 'a=b' })).status).toBe(200)
  })

  it('that are not there need none', async () => {
    for (const method of ['GET', 'DELETE', 'POST']) expect((await sendSigned(call({ method }))).status).toBe(200)
  })

  it('of Bearer callers need none', async () => {
    const bearer = await system.token([tenant.id], ['forward'])
    const { client: _, ...request } = call({ body })
    const answer = await system
      .toForwarderApi({ bearer })
      .raw({ method: 'POST', path: request.path, headers: { ...request.headers }, body })
    expect(answer.status).toBe(200)
  })
})
