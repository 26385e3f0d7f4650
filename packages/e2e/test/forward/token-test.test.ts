import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createForwarderApiClient } from '@mtls-gateway/client'
import type { TokenTest } from '@mtls-gateway/contract'
import type { TestTarget } from '@mtls-gateway/test-kit'
import { Bank } from '../support/bank.ts'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { Rotation } from '../support/rotation.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp } from '../support/tenant.ts'
import type { CheckedMapping } from '../support/wire.ts'

const secret = 'canary-of-the-client'

describe('a token that is asked for now', () => {
  const bank = new Bank()
  let system: SharedSystem
  let target: TestTarget

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget({ handler: bank.handler })
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  afterEach(() => {
    bank.instead = undefined
    bank.lifetimeSeconds = 3_600
  })

  async function mapped(more: object = {}) {
    const tenant = await system.newTenant()
    const identity = await target.clientCa.issue({ commonName: 'tpp-1' })
    const { id } = await tenant.saveCertificate('c1', identity)
    const tokenUrl = `${target.url}/token`
    const targetAuth = { type: 'oauth2', tokenUrl, clientId: 'tpp-1', method: 'tls_client_auth', scope: 'payments' }
    const url = `${target.url}/tpp-1/payments/*`
    const entry = { certificationId: id, serviceId: 'IDP', url, name: 'm1', targetAuth: { ...targetAuth, ...more } }
    const mapping = await tenant.map(entry as Parameters<typeof tenant.map>[0])
    const api = await tenant.newCaller(['mtls:read', 'mtls:write', 'forward'])
    const path = `/mtls/account/${tenant.id}/mappings/${mapping.id}/token`
    const test = (query = '') => api.json<TokenTest>('POST', path + query)
    const call = `${target.url}/tpp-1/payments/1`
    const pay = () => api.json('GET', tenant.forwardPath, undefined, lp(call))
    const entries = [{ serviceName: 'IDP', accountId: tenant.id, url: call }]
    const state = async () => (await api.json<CheckedMapping[]>('POST', '/mtls/mapping?v=2', entries)).body[0]
    return { tenant, identity, rotation: new Rotation(tenant, id), mapping, test, pay, state, tokenUrl }
  }

  it('is described, and neither shown nor kept', async () => {
    const { test, pay, identity, tokenUrl } = await mapped()
    const before = bank.grants.length
    const { status, body } = await test()
    expect(status).toBe(200)
    expect(body).toEqual({
      tokenUrl,
      presentedCertificate: identity.fingerprintSha256,
      durationMs: expect.any(Number),
      tokenEndpoint: { status: 200 },
      token: { type: 'Bearer', lifetimeSeconds: 3_600, scope: 'payments', binding: 'presented-certificate' },
      explanation: expect.stringContaining('bound to the presented certificate'),
      error: null,
    })
    expect((await pay()).status).toBe(200)
    expect(bank.grants.length).toBe(before + 2)
  })

  it('comes over the staged version of the certificate before that is promoted', async () => {
    const { test, rotation } = await mapped()
    expectProblem(await test('?version=staged'), 404, 'STAGED_NOT_FOUND')
    const next = await target.clientCa.issue({ commonName: 'tpp-1' })
    expect((await rotation.stage(next)).status).toBe(201)
    const { body } = await eventually(
      () => test('?version=staged'),
      ({ status }) => status === 200,
    )
    expect(body).toMatchObject({
      presentedCertificate: next.fingerprintSha256,
      token: { binding: 'presented-certificate' },
    })
    expect(bank.grants.at(-1)?.fingerprint).toBe(next.fingerprintSha256)
  })

  it.each([
    ['of another certificate', { cnf: { 'x5t#S256': 'AAAA' } }, 'other-certificate', /something between/],
    ['that is bound to none', {}, 'none', /whoever has it/],
  ])('is one %s', async (_, claims, binding, explanation) => {
    const { test } = await mapped()
    const token = ['{}', JSON.stringify(claims), 's'].map((part) => Buffer.from(part).toString('base64url')).join('.')
    bank.instead = answering(200, { access_token: token, token_type: 'bearer' })
    const { body } = await test()
    expect(body.token).toEqual({ type: 'Bearer', lifetimeSeconds: null, scope: null, binding })
    expect(body.explanation).toMatch(explanation)
  })

  it('is no JWT', async () => {
    const { test } = await mapped()
    bank.instead = answering(200, { access_token: 'opaque', token_type: 'bearer' })
    expect((await test()).body.token?.binding).toBe('opaque')
  })

  it('is refused in the words of the endpoint, without the secret that it repeats', async () => {
    const { test } = await mapped({ method: 'client_secret_post', secret })
    const errorDescription = `no client has the secret ${secret}\r\n`
    bank.instead = answering(400, { error: 'invalid_client', error_description: errorDescription })
    const { status, body } = await test()
    expect(status).toBe(200)
    expect(body).toMatchObject({
      tokenEndpoint: { status: 400, error: 'invalid_client', errorDescription: 'no client has the secret ***??' },
      token: null,
      error: { code: 'TOKEN_ENDPOINT_CLIENT_REFUSED' },
    })
    expect(JSON.stringify(body)).not.toContain(secret)
  })

  it('fails where the endpoint closes the connection, or the guard is in the way', async () => {
    const { test } = await mapped()
    bank.instead = (response) => response.destroy()
    const { body } = await test()
    expect(body).toMatchObject({ tokenEndpoint: {}, error: { code: 'TOKEN_ENDPOINT_UNREACHABLE' } })
    const guarded = await mapped({ tokenUrl: 'https://169.254.169.254/token' })
    expect((await guarded.test()).body.explanation).toMatch(/private, local or reserved address/)
  })

  it('is refused where there is no such mapping, or its calls have none', async () => {
    const { tenant, test, mapping } = await mapped()
    const without = { ...mapping, targetAuth: null }
    expect((await tenant.api.json('PUT', tenant.path(`mappings/${mapping.id}`), without)).status).toBe(200)
    const refused = await eventually(test, ({ status }) => status !== 200)
    expectProblem(refused, 409, 'MAPPING_WITHOUT_TOKEN')
    const api = await tenant.newCaller(['mtls:write'])
    for (const id of ['1', 'x']) {
      const path = `/mtls/account/${tenant.id}/mappings/${id}/token`
      expectProblem(await api.json('POST', path), 404, 'MAPPING_NOT_FOUND')
    }
  })

  it('is asked for by the client', async () => {
    const { tenant, mapping } = await mapped()
    const token = await system.token([tenant.id])
    const client = createForwarderApiClient({ baseUrl: system.forwarderApi.url, accountId: tenant.id, token })
    const { body } = await client.testToken({ mappingId: mapping.id, query: { version: 'current' } })
    expect(body.token?.type).toBe('Bearer')
  })

  it('is told of by check mapping, without asking', async () => {
    const { pay, state } = await mapped()
    const before = bank.grants.length
    expect(await state()).toMatchObject({ doExist: true, targetAuth: 'oauth2', token: { state: 'none' } })
    bank.instead = answering(400, { error: 'invalid_scope' })
    expect((await pay()).status).toBe(424)
    const failed = { state: 'failed', error: { code: 'TOKEN_ENDPOINT_REFUSED', message: expect.any(String) } }
    expect((await state())?.token).toEqual(failed)
    bank.instead = undefined
    await eventually(pay, ({ status }) => status === 200)
    expect((await state())?.token).toEqual({ state: 'held', until: expect.stringMatching(/Z$/) })
    expect(bank.grants.length).toBe(before + 2)
  })
})

function answering(status: number, body: object): NonNullable<Bank['instead']> {
  return (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
